//! The one table that is printed.

use std::time::Duration;

use crate::wire::Measured;

/// Rows as they are found; printed at the end.
#[derive(Default)]
pub struct Table {
    rows: Vec<[String; 7]>,
}

impl Table {
    /// A heading between rows.
    pub fn part(&mut self, name: &str) {
        self.rows.push([
            name.to_owned(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
            String::new(),
        ]);
    }

    /// A rate beside its raw limit.
    pub fn rate(&mut self, what: &str, unit: &str, found: &Measured, raw: &Measured, target: &str) {
        self.plain(
            what,
            &format!("{:.0} {unit}", found.per_second),
            &time(found.p50),
            &time(found.p99),
            &format!("{:.0} {unit}", raw.per_second),
            &format!("{:.0} %", 100.0 * found.per_second / raw.per_second),
            target,
        );
    }

    /// Whatever else.
    #[allow(clippy::too_many_arguments)] // One for each column.
    pub fn plain(
        &mut self,
        what: &str,
        found: &str,
        p50: &str,
        p99: &str,
        raw: &str,
        ratio: &str,
        target: &str,
    ) {
        let row = [&format!("  {what}"), found, p50, p99, raw, ratio, target];
        eprintln!("{}", row.join("  "));
        self.rows.push(row.map(str::to_owned));
    }

    pub fn print(&self) {
        let heads = ["", "found", "p50", "p99", "raw limit", "ratio", "target"].map(str::to_owned);
        let all = || std::iter::once(&heads).chain(&self.rows);
        let widths: Vec<_> = (0..heads.len())
            .map(|column| {
                all()
                    .map(|row| row[column].chars().count())
                    .max()
                    .unwrap_or(0)
            })
            .collect();
        for row in all() {
            let mut line = format!("{:<1$}", row[0], widths[0]);
            for (cell, width) in row.iter().zip(&widths).skip(1) {
                line += &format!("  {cell:>width$}");
            }
            println!("{}", line.trim_end());
        }
    }
}

/// A time as people read it.
pub fn time(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1_000.0)
}
