#!/usr/bin/env python3
"""Imports both sets of real books whole and compares what billing says of them with figures computed here from the CSV.

    scripts/with-postgres.sh scripts/prove-books.py --billing target/release/billing --data ../shared/data

Independent of billing: Python's standard library only, its own reading of the files, its own arithmetic (decimal). On SQLite,
and on PostgreSQL where TEST_DATABASE_URL names an empty database. Imports a second time and expects no new event; ends with
`billing check`. Exit code 1 where a figure differs.
"""

import argparse
import collections
import csv
import datetime
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

CENT = Decimal("0.01")
BUCKETS = ["current", "days1To30", "days31To60", "days61To90", "daysOver90"]
DATES = {
    "USD": ["2012-06-30", "2013-03-31", "2013-12-01", "2014-01-09"],
    "GBP": ["2010-12-02", "2011-01-02", "2011-02-15", "2011-06-30"],
}


class Books:
    """What a file comes to, by this script's own reading."""

    def __init__(self, currency):
        self.currency = currency
        # number -> customer, issued, due, amount (negative: credit note), settled (or None)
        self.documents = {}
        self.disputed = 0
        self.rows = 0
        self.refused = collections.Counter()
        self.noted = collections.Counter()
        self.refused_lines = []

    def customers(self):
        return {document[0] for document in self.documents.values()}

    def invoices(self):
        return [d for d in self.documents.values() if d[3] >= 0]

    def credit_notes(self):
        return [d for d in self.documents.values() if d[3] < 0]

    def balance(self):
        """Outstanding and credit at the end of the books."""
        outstanding = sum((d[3] for d in self.invoices() if d[4] is None), Decimal(0))
        return outstanding, -sum((d[3] for d in self.credit_notes()), Decimal(0))

    def ageing(self, day):
        sums = dict.fromkeys(BUCKETS, Decimal(0))
        credit = Decimal(0)
        for _, issued, due, amount, settled in self.documents.values():
            if issued > day:
                continue
            if amount < 0:
                credit -= amount
                continue
            if settled is not None and settled <= day:
                continue
            late = (day - due).days
            bucket = 0 if late <= 0 else 1 if late <= 30 else 2 if late <= 60 else 3 if late <= 90 else 4
            sums[BUCKETS[bucket]] += amount
        return sums, credit


def accounts_receivable(path):
    day = lambda text: datetime.datetime.strptime(text, "%m/%d/%Y").date()
    books = Books("USD")
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            books.rows += 1
            settled = day(row["SettledDate"]) if row["SettledDate"] else None
            books.documents[row["invoiceNumber"]] = (
                row["customerID"],
                day(row["InvoiceDate"]),
                day(row["DueDate"]),
                Decimal(row["InvoiceAmount"]),
                settled,
            )
            books.disputed += row["Disputed"] == "Yes"
    return books


def online_retail(path):
    """Documents stand or fall whole: one row without a customer, or of a price below nothing, refuses all of its number."""
    books = Books("GBP")
    rows = collections.defaultdict(list)
    with open(path, encoding="utf-8", newline="") as file:
        for line, row in enumerate(csv.DictReader(file), start=2):
            books.rows += 1
            rows[row["InvoiceNo"]].append((line, row))
    for number, lines in rows.items():
        reasons = {}
        for line, row in lines:
            if Decimal(row["UnitPrice"]) == 0:
                books.noted["ZERO_PRICE"] += 1
            if not row["CustomerID"].strip() or not row["Description"].strip():
                reasons[line] = "REQUIRED"
            elif Decimal(row["UnitPrice"]) < 0:
                reasons[line] = "OUT_OF_RANGE"
        if reasons:
            for line, _ in lines:
                books.refused[reasons.get(line, "DOCUMENT_REFUSED")] += 1
                books.refused_lines.append(line)
            continue
        head = lines[0][1]
        issued = datetime.datetime.strptime(head["InvoiceDate"], "%m-%d-%Y %H:%M").date()
        amounts = [
            (Decimal(row["Quantity"]) * Decimal(row["UnitPrice"])).quantize(CENT, ROUND_HALF_UP)
            for _, row in lines
        ]
        due = issued + datetime.timedelta(days=30)
        books.documents[number] = (head["CustomerID"], issued, due, sum(amounts), None)
    return books


class Failed(Exception):
    pass


class Comparison:
    def __init__(self):
        self.compared = 0
        self.differing = 0

    def same(self, what, expected, found):
        self.compared += 1
        if expected != found:
            self.differing += 1
            print(f"    DIFFERS  {what}: the CSV makes it {expected}, billing says {found}")


class Billing:
    """A store of its own, the command line on it, and a node."""

    def __init__(self, binary, database_url, folder):
        self.binary = binary
        self.environment = os.environ | {
            "DATABASE_URL": database_url,
            "DATA_DIR": str(folder / "data"),
            "LISTEN": "127.0.0.1:0",
            "ENVIRONMENT": "development",
            "RUST_LOG": "warn",
        }
        self.node = None

    def run(self, *arguments, codes=(0,), stdin=None):
        ran = subprocess.run(
            [self.binary, *arguments], env=self.environment, capture_output=True, text=True, input=stdin
        )
        if ran.returncode not in codes:
            raise Failed(f"billing {' '.join(arguments)}: {ran.returncode}\n{ran.stdout}{ran.stderr}")
        return ran.stdout

    def report(self, *arguments):
        return json.loads(self.run("report", *arguments, "--format", "json"))

    def start(self):
        self.node = subprocess.Popen(
            [self.binary, "serve"], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        line = self.node.stdout.readline()
        if not line.startswith("listening on "):
            raise Failed(f"the node does not start: {line}")
        self.url = line.removeprefix("listening on ").strip() + "/graphql"

    def stop(self):
        if self.node:
            self.node.terminate()
            self.node.wait(30)
            self.node = None

    def ask(self, query, variables=None, token=None):
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        headers = {"content-type": "application/json", "idempotency-key": os.urandom(8).hex()}
        if token:
            headers["authorization"] = f"Bearer {token}"
        with urllib.request.urlopen(urllib.request.Request(self.url, body, headers), timeout=60) as answer:
            answer = json.load(answer)
        if answer.get("errors"):
            raise Failed(str(answer["errors"]))
        return answer["data"]

    def prepare(self):
        """An organisation, so that there is a name to stand on invoices; answers with the owner's token."""
        password = "correct horse battery staple"
        self.run("account", "create", "--role", "owner", "--email", "owner@example.com", "--name", "Olga Owner",
                 stdin=password + "\n")
        signed_in = self.ask(
            "mutation($p: String!) { signIn(email: \"owner@example.com\", password: $p) { token } }", {"p": password}
        )
        token = signed_in["signIn"]["token"]
        saved = self.ask(
            "mutation { saveOrganisation(input: { name: \"Proof Ltd\", currency: \"USD\" }) { userErrors { code } } }",
            token=token,
        )
        if saved["saveOrganisation"]["userErrors"]:
            raise Failed(str(saved))
        return token


def import_file(billing, comparison, books, path, mapping, folder):
    report = folder / f"{path.stem}.report.csv"
    started = time.monotonic()
    said = billing.run("import", "invoices", str(path), "--mapping", str(mapping), "--report", str(report), codes=(0, 3))
    seconds = time.monotonic() - started
    with open(report, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    refused, noted, lines = collections.Counter(), collections.Counter(), []
    for row in rows:
        if row["outcome"] == "noted":
            noted[row["code"]] += 1
        elif int(row["line"]) not in lines[-1:]:
            refused[row["code"]] += 1
            lines.append(int(row["line"]))
    name = path.name
    comparison.same(f"{name}: refused rows by reason", dict(books.refused), dict(refused))
    comparison.same(f"{name}: lines of refused rows", sorted(books.refused_lines), sorted(lines))
    comparison.same(f"{name}: noted rows by reason", dict(books.noted), dict(noted))
    return seconds, said


def compare(billing, comparison, books, token):
    currency = books.currency
    figures = billing.report("balances")
    movements = {row["kind"]: row for row in figures["movements"] if row["currency"] == currency}
    count = lambda kind: movements.get(kind, {"count": 0})["count"]
    amount = lambda kind: Decimal(movements.get(kind, {"amount": 0})["amount"])
    total = lambda documents: sum((d[3] for d in documents), Decimal(0))
    comparison.same(f"{currency} invoices", len(books.invoices()), count("invoice_issued"))
    comparison.same(f"{currency} invoiced", total(books.invoices()), amount("invoice_issued"))
    comparison.same(f"{currency} credit notes", len(books.credit_notes()), count("credit_note_issued"))
    comparison.same(f"{currency} credited", total(books.credit_notes()), amount("credit_note_issued"))
    settled = [d for d in books.invoices() if d[4] is not None]
    comparison.same(f"{currency} payments", len(settled), count("payment_received"))
    comparison.same(f"{currency} paid", -total(settled), amount("payment_received"))
    balances = {row["currency"]: row for row in figures["balances"]}
    nothing = {"outstanding": "0", "credit": "0"}
    found = balances.get(currency, nothing)
    comparison.same(f"{currency} open balance", books.balance(), (Decimal(found["outstanding"]), Decimal(found["credit"])))
    for text in DATES[currency]:
        expected, credit = books.ageing(datetime.date.fromisoformat(text))
        by_cli = billing.report("ageing", "--as-of", text)["totals"]
        amounts = " ".join(f"{bucket} {{ amount }}" for bucket in [*BUCKETS, "due", "credit"])
        asked = billing.ask(
            f"{{ ageing(asOf: \"{text}\") {{ totals {{ currency {amounts} }} }} }}", token=token
        )["ageing"]["totals"]
        asked = [{name: value["amount"] if isinstance(value, dict) else value for name, value in row.items()} for row in asked]
        for source, totals in [("billing report", by_cli), ("GraphQL", asked)]:
            row = next((row for row in totals if row["currency"] == currency), {})
            figure = lambda name: Decimal(row.get(name, 0))
            for bucket in BUCKETS:
                comparison.same(f"{currency} {bucket} on {text} ({source})", expected[bucket], figure(bucket))
            comparison.same(f"{currency} due on {text} ({source})", sum(expected.values()), figure("due"))
            comparison.same(f"{currency} credit on {text} ({source})", credit, figure("credit"))


def show(books, path):
    outstanding, credit = books.balance()
    print(f"{path.name}: {books.rows} rows; {len(books.invoices())} invoices, {len(books.credit_notes())} credit notes, "
          f"{len(books.customers())} customers, {books.disputed} disputed; outstanding {outstanding}, credit {credit} {books.currency}; "
          f"refused rows {dict(books.refused)}, noted {dict(books.noted)}")
    print(f"  invoiced {sum((d[3] for d in books.invoices()), Decimal(0))}, credited {sum((d[3] for d in books.credit_notes()), Decimal(0))}")
    for text in DATES[books.currency]:
        sums, credit = books.ageing(datetime.date.fromisoformat(text))
        print(f"  {text}: " + ", ".join(f"{name} {amount}" for name, amount in sums.items()) + f"; credit {credit}")


def prove(engine, url, arguments, files):
    comparison = Comparison()
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        billing = Billing(str(Path(arguments.billing).resolve()), url or f"sqlite:{folder}/billing.db", folder)
        billing.start()
        try:
            token = billing.prepare()
            for books, path, mapping in files:
                seconds, said = import_file(billing, comparison, books, path, mapping, folder)
                print(f"  {engine}: {path.name} imported in {seconds:.1f} s ({books.rows / seconds:.0f} rows/s)")
                print("    " + said.replace("\n", "\n    ").rstrip())
            for books, _, _ in files:
                compare(billing, comparison, books, token)
            customers = sum(len(books.customers()) for books, _, _ in files)
            comparison.same("customers", customers, billing.report("balances")["customers"])
            events = lambda: billing.run("export", "-", "--what", "events").count("\n")
            before = events()
            disputes = billing.run("export", "-", "--what", "events").count('"InvoiceDisputed"')
            for books, path, mapping in files:
                seconds, _ = import_file(billing, comparison, books, path, mapping, folder)
                print(f"  {engine}: {path.name} a second time in {seconds:.1f} s")
            comparison.same("events after a second import", before, events())
            comparison.same("disputed invoices", sum(b.disputed for b, _, _ in files), disputes // 2)
            for books, _, _ in files:
                compare(billing, comparison, books, token)
            print(f"  {engine}: billing check: {billing.run('check').strip()} ({before} events)")
        finally:
            billing.stop()
    print(f"  {engine}: {comparison.compared} figures compared, {comparison.differing} differ")
    return comparison.differing


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--billing", default="target/release/billing")
    parser.add_argument("--data", default="../shared/data", help="the folder of both data sets")
    parser.add_argument("--figures", action="store_true", help="only print what the CSV files come to")
    arguments = parser.parse_args()
    data, mappings = Path(arguments.data), Path(__file__).resolve().parent.parent / "mappings"
    ar = data / "accounts-receivable/accounts_receivable.csv"
    retail = data / "online-retail/online_retail_10k.csv"
    files = [
        (accounts_receivable(ar), ar, mappings / "accounts-receivable.toml"),
        (online_retail(retail), retail, mappings / "online-retail.toml"),
    ]
    for books, path, _ in files:
        show(books, path)
    if arguments.figures:
        return 0
    engines = [("SQLite", None)]
    if os.environ.get("TEST_DATABASE_URL"):
        engines.append(("PostgreSQL", os.environ["TEST_DATABASE_URL"]))
    return 1 if sum(prove(engine, url, arguments, files) for engine, url in engines) else 0


if __name__ == "__main__":
    sys.exit(main())
