//! What a request asks for, looked at before anything is executed: its kind, its root fields, and its limits.
//!
//! Everything here takes time in proportion to the request's length. Fragments are measured once each, so that a
//! document whose fragments multiply cannot keep us busy; the libraries' own walks would follow each use.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, OperationDefinition, OperationType,
    Selection, SelectionSet,
};
use async_graphql::{Error, Name, Positioned, Request};
use tokio::sync::Semaphore;

use super::documents::Documents;
use super::text;
use crate::config::Limits;
use crate::graphql::error::{Code, bad_input, error, internal, rate_limited};

/// How deep braces and brackets may nest in the text of a query: the parser is recursive.
const MAX_NESTING: usize = 64;
/// How deep selections may nest, uses of fragments included.
const MAX_LEVELS: usize = 32;
/// The most bytes the text of a query may have.
const MAX_QUERY_BYTES: usize = 64 * 1024;
/// The same where nobody is signed in, and over live connections. To parse so much takes a few milliseconds.
const SHORT_QUERY_BYTES: usize = 4 * 1024;
/// How many long queries may wait for a thread to be parsed on.
const MAX_WAITING: usize = 64;
/// The most operations and fragments of one document.
const MAX_DEFINITIONS: usize = 50;
/// The most selections of one document, fragments counted at each use.
const MAX_SELECTIONS: u64 = 2_000;
/// The most root fields of one operation, fragments counted at each use.
const MAX_ROOT_FIELDS: usize = 20;

/// What a request asks for.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// Query, mutation or subscription.
    pub kind: OperationType,
    /// The names of the root fields.
    pub roots: Vec<String>,
}

/// Where long queries are parsed: on few threads of their own, so that they hold up nobody else.
pub(super) struct Parsing {
    running: Semaphore,
    waiting: Semaphore,
}

impl Parsing {
    pub(super) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            running: Semaphore::new((cores / 2).max(1)),
            waiting: Semaphore::new(MAX_WAITING),
        }
    }

    /// Looks at a request of somebody who is signed in, or (`known` is None) of a stranger.
    pub(super) async fn inspect(
        &self,
        mut request: Request,
        limits: &Limits,
        known: Option<&Arc<Documents>>,
    ) -> Result<(Plan, Request), Error> {
        let is_short = request.query.len() <= SHORT_QUERY_BYTES;
        if is_short || known.is_none_or(|known| known.find(&request.query).is_some()) {
            let plan = inspect(&mut request, limits, known.map(Arc::as_ref))?;
            return Ok((plan, request));
        }
        let busy = || {
            rate_limited(
                "too many long queries at this moment",
                Duration::from_secs(1),
            )
        };
        let _place = self.waiting.try_acquire().map_err(|_| busy())?;
        let _turn = self.running.acquire().await.map_err(internal)?;
        let (limits, known) = (limits.clone(), known.cloned());
        let inspected = tokio::task::spawn_blocking(move || {
            let plan = inspect(&mut request, &limits, known.as_deref())?;
            Ok((plan, request))
        });
        inspected.await.map_err(internal)?
    }
}

/// Looks at a request that comes over a live connection, here and now.
pub(super) fn inspect_short(
    request: &mut Request,
    limits: &Limits,
    known: &Documents,
) -> Result<Plan, Error> {
    text::check_size(&request.query, SHORT_QUERY_BYTES)?;
    inspect(request, limits, Some(known))
}

/// Looks at a request and refuses what goes beyond the limits. Leaves the parsed document in the request. A document
/// in `known` went through all this before; only what is sent with it is looked at again.
fn inspect(
    request: &mut Request,
    limits: &Limits,
    known: Option<&Documents>,
) -> Result<Plan, Error> {
    if let Some(document) = known.and_then(|known| known.find(&request.query)) {
        text::check_variables(&request.variables)?;
        let plan = plan(&document, request.operation_name.as_deref())?;
        request.set_parsed_query(ExecutableDocument::clone(&document));
        return Ok(plan);
    }
    let most = match known {
        Some(_) => MAX_QUERY_BYTES,
        None => SHORT_QUERY_BYTES,
    };
    text::check_size(&request.query, most)?;
    text::check_query(&request.query, MAX_NESTING)?;
    text::check_variables(&request.variables)?;
    let operation_name = request.operation_name.clone();
    let document = request.parsed_query().map_err(|wrong| {
        let place = wrong
            .locations
            .first()
            .map(|at| format!(" (line {}, column {})", at.line, at.column));
        bad_input(
            "query",
            format!("is not valid GraphQL{}", place.unwrap_or_default()),
        )
    })?;
    if document.operations.iter().len() + document.fragments.len() > MAX_DEFINITIONS {
        return Err(too_much(format!(
            "a document may have at most {MAX_DEFINITIONS} operations and fragments"
        )));
    }
    Measures::default().check(document, limits)?;
    text::check_literals(document)?;
    let plan = plan(document, operation_name.as_deref())?;
    if let Some(known) = known {
        let document = Arc::new(document.clone());
        known.keep(&request.query, &document);
    }
    Ok(plan)
}

/// Only after [`Measures::check`].
fn plan(document: &ExecutableDocument, operation_name: Option<&str>) -> Result<Plan, Error> {
    let operation = chosen(document, operation_name)?;
    let mut roots = Vec::new();
    root_fields(document, &operation.selection_set.node, &mut roots);
    if roots.len() > MAX_ROOT_FIELDS {
        return Err(too_much(format!(
            "an operation may have at most {MAX_ROOT_FIELDS} root fields"
        )));
    }
    Ok(Plan {
        kind: operation.ty,
        roots,
    })
}

fn chosen<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, Error> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Some(operation),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(operations), Some(name)) => operations.get(name),
        (DocumentOperations::Multiple(operations), None) if operations.len() == 1 => {
            operations.values().next()
        }
        (DocumentOperations::Multiple(_), None) => None,
    };
    found
        .map(|operation| &operation.node)
        .ok_or_else(|| bad_input("operationName", "must name one of the operations"))
}

/// What a selection set holds, fragments counted at each use.
#[derive(Clone, Copy, Default)]
struct Measure {
    selections: u64,
    aliases: u64,
    directives: u64,
    depth: u64,
}

impl Measure {
    fn add(&mut self, other: Self) {
        self.selections = self.selections.saturating_add(other.selections);
        self.aliases = self.aliases.saturating_add(other.aliases);
        self.directives = self.directives.saturating_add(other.directives);
        self.depth = self.depth.max(other.depth);
    }
}

#[derive(Default)]
struct Measures<'a> {
    /// None while a fragment is being measured: meeting it again then is a cycle.
    fragments: HashMap<&'a str, Option<Measure>>,
}

impl<'a> Measures<'a> {
    fn check(mut self, document: &'a ExecutableDocument, limits: &Limits) -> Result<(), Error> {
        let mut all = Measure::default();
        for (_, operation) in document.operations.iter() {
            all.add(with_directives(&operation.node.directives));
            for variable in &operation.node.variable_definitions {
                all.add(with_directives(&variable.node.directives));
            }
            let measure = self.of(document, &operation.node.selection_set.node, 0)?;
            all.add(measure);
        }
        // A fragment that no operation uses is refused by validation later, but only after its walks.
        for (name, fragment) in &document.fragments {
            all.add(with_directives(&fragment.node.directives));
            if !self.fragments.contains_key(name.as_str()) {
                let measure = self.of_fragment(document, name, 0)?;
                all.add(measure);
            }
        }
        within(all.depth, limits.depth, "nest", "levels")?;
        within(all.aliases, limits.aliases, "have", "aliases")?;
        within(all.directives, limits.directives, "have", "directives")?;
        within(
            all.selections,
            usize::try_from(MAX_SELECTIONS).unwrap_or(usize::MAX),
            "have",
            "selections",
        )
    }

    fn of(
        &mut self,
        document: &'a ExecutableDocument,
        set: &'a SelectionSet,
        level: usize,
    ) -> Result<Measure, Error> {
        if level > MAX_LEVELS {
            return Err(too_much(format!(
                "a request may nest at most {MAX_LEVELS} levels"
            )));
        }
        let mut sum = Measure::default();
        for selection in &set.items {
            sum.add(with_directives(selection.node.directives()));
            sum.selections = sum.selections.saturating_add(1);
            let inner = match &selection.node {
                Selection::Field(field) => self.of_field(document, &field.node, level)?,
                Selection::InlineFragment(fragment) => {
                    self.of(document, &fragment.node.selection_set.node, level + 1)?
                }
                Selection::FragmentSpread(spread) => {
                    self.of_fragment(document, &spread.node.fragment_name.node, level + 1)?
                }
            };
            sum.add(inner);
        }
        Ok(sum)
    }

    fn of_field(
        &mut self,
        document: &'a ExecutableDocument,
        field: &'a Field,
        level: usize,
    ) -> Result<Measure, Error> {
        let mut measure = self.of(document, &field.selection_set.node, level + 1)?;
        measure.depth = measure.depth.saturating_add(1);
        measure.aliases = measure
            .aliases
            .saturating_add(u64::from(field.alias.is_some()));
        Ok(measure)
    }

    fn of_fragment(
        &mut self,
        document: &'a ExecutableDocument,
        name: &'a Name,
        level: usize,
    ) -> Result<Measure, Error> {
        match self.fragments.get(name.as_str()) {
            Some(Some(measure)) => return Ok(*measure),
            Some(None) => return Err(bad_input("query", "a fragment must not contain itself")),
            None => {}
        }
        let Some(fragment) = document.fragments.get(name) else {
            return Err(bad_input(
                "query",
                "uses a fragment that it does not define",
            ));
        };
        self.fragments.insert(name, None);
        let measure = self.of(document, &fragment.node.selection_set.node, level)?;
        self.fragments.insert(name, Some(measure));
        Ok(measure)
    }
}

/// Only after [`Measures::check`], which bounds how much the fragments multiply.
fn root_fields(document: &ExecutableDocument, set: &SelectionSet, roots: &mut Vec<String>) {
    for selection in &set.items {
        if roots.len() > MAX_ROOT_FIELDS {
            return;
        }
        match &selection.node {
            Selection::Field(field) => roots.push(field.node.name.node.to_string()),
            Selection::InlineFragment(fragment) => {
                root_fields(document, &fragment.node.selection_set.node, roots)
            }
            Selection::FragmentSpread(spread) => {
                if let Some(fragment) = document.fragments.get(&spread.node.fragment_name.node) {
                    root_fields(document, &fragment.node.selection_set.node, roots);
                }
            }
        }
    }
}

fn with_directives(directives: &[Positioned<Directive>]) -> Measure {
    Measure {
        directives: directives.len() as u64,
        ..Measure::default()
    }
}

fn within(found: u64, limit: usize, verb: &str, what: &str) -> Result<(), Error> {
    if found > limit as u64 {
        return Err(too_much(format!(
            "a request may {verb} at most {limit} {what}"
        )));
    }
    Ok(())
}

fn too_much(message: String) -> Error {
    error(Code::LimitExceeded, message)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use clap::Parser as _;

    use super::*;

    fn look(query: &str) -> Result<Plan, String> {
        let limits = crate::config::Cli::parse_from(["billing"]).config.limits;
        let known = Documents::default();
        inspect(&mut Request::new(query), &limits, Some(&known)).map_err(|error| error.message)
    }

    #[test]
    fn a_known_document_is_planned_by_the_operation_asked_for() {
        let limits = crate::config::Cli::parse_from(["billing"]).config.limits;
        let known = Documents::default();
        let query = "query A { a } mutation B { b }";
        for (name, root) in [("A", "a"), ("B", "b"), ("A", "a")] {
            let mut request = Request::new(query).operation_name(name);
            let plan = inspect(&mut request, &limits, Some(&known)).unwrap();
            assert_eq!(plan.roots, [root]);
            assert!(known.find(query).is_some());
        }
        let mut unnamed = Request::new(query);
        assert!(inspect(&mut unnamed, &limits, Some(&known)).is_err());
    }

    #[tokio::test]
    async fn a_stranger_sends_short_queries_only() {
        let limits = crate::config::Cli::parse_from(["billing"]).config.limits;
        let (parsing, known) = (Parsing::new(), Arc::<Documents>::default());
        let query = format!("{{ a }} # {}", "x".repeat(SHORT_QUERY_BYTES));
        let stranger = parsing.inspect(Request::new(&query), &limits, None).await;
        assert!(stranger.unwrap_err().message.contains("4096 bytes"));
        let (plan, _) = parsing
            .inspect(Request::new(&query), &limits, Some(&known))
            .await
            .unwrap();
        assert_eq!(plan.roots, ["a"]);
        let live = inspect_short(&mut Request::new(&query), &limits, &known);
        // Not even where it is known already.
        assert!(live.is_err());
    }

    #[test]
    fn tells_kind_and_root_fields_through_fragments() {
        let plan = look(
            "mutation M { ...a ... on Mutation { x: signOut { signedOut } } } fragment a on Mutation { pay }",
        );
        let plan = plan.unwrap();
        assert_eq!(plan.kind, OperationType::Mutation);
        assert_eq!(plan.roots, ["pay", "signOut"]);
    }

    #[test]
    fn refuses_too_many_aliases_also_those_that_fragments_multiply() {
        let aliases: String = (0..31).map(|n| format!("a{n}: viewer {{ id }} ")).collect();
        assert!(
            look(&format!("{{ {aliases} }}"))
                .unwrap_err()
                .contains("aliases")
        );
        let multiplied = "{ ...a ...a ...a ...a } fragment a on Query { x { b: id c: id d: id e: id f: id g: id h: id i: id } }";
        assert!(look(multiplied).unwrap_err().contains("aliases"));
    }

    #[test]
    fn refuses_too_many_directives_anywhere() {
        let many = " @include(if: true)".repeat(2_000);
        for query in [
            format!("{{ viewer {many} {{ id }} }}"),
            format!("query {many} {{ viewer {{ id }} }}"),
            format!("query($a: Int {many}) {{ viewer {{ id }} }}"),
            format!("{{ ...f }} fragment f on Query {many} {{ viewer {{ id }} }}"),
            format!("{{ ... on Query {many} {{ viewer {{ id }} }} }}"),
        ] {
            let refusal = look(&query).unwrap_err();
            assert!(
                refusal.contains("directives") && refusal.len() < 100,
                "{refusal}"
            );
        }
    }

    #[test]
    fn fragments_that_multiply_are_refused_at_once() {
        let mut bomb = "{ ...f0 } ".to_owned();
        for n in 0..30 {
            bomb += &format!("fragment f{n} on Query {{ ...f{} ...f{} }} ", n + 1, n + 1);
        }
        bomb += "fragment f30 on Query { viewer { id } }";
        let started = std::time::Instant::now();
        assert!(look(&bomb).unwrap_err().contains("at most"));
        assert!(started.elapsed().as_secs() < 1);
    }

    #[test]
    fn fragments_that_contain_themselves_are_refused() {
        let refusal =
            look("{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }").unwrap_err();
        assert!(refusal.contains("contain itself"));
        let unused = "{ viewer { id } } fragment a on Query { ...b } fragment b on Query { ...a }";
        assert!(look(unused).unwrap_err().contains("contain itself"));
    }

    #[test]
    fn deep_nesting_never_reaches_the_parser() {
        for (open, close) in [("{a", "}"), ("{a(b:[", "])}"), ("{a(b:{c:", "})}")] {
            let deep = open.repeat(10_000) + &close.repeat(10_000);
            assert!(
                look(&deep).unwrap_err().contains("nest")
                    || look(&deep).unwrap_err().contains("bytes")
            );
        }
        let lists = format!("{{ a(b: {}1{}) }}", "[".repeat(20_000), "]".repeat(20_000));
        assert!(look(&lists).unwrap_err().contains("nest"));
    }

    #[test]
    fn a_syntax_error_does_not_echo_the_query() {
        let refusal = look(&format!("{{ viewer {} ", "secret ".repeat(5_000))).unwrap_err();
        assert!(
            !refusal.contains("secret") && refusal.len() < 100,
            "{refusal}"
        );
    }

    #[test]
    fn an_operation_must_be_chosen() {
        assert!(
            look("query A { viewer { id } } query B { viewer { id } }")
                .unwrap_err()
                .contains("operationName")
        );
    }
}
