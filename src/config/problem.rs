//! One problem of a file, shown with its place and the way out.

use std::fmt;
use std::ops::Range;
use std::path::PathBuf;

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};

/// Why a configuration cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error(
        "cannot read {path}: {reason}\nhelp: name the file with --config FILE; for a first one, `bantin learn URL` prints \
         a source"
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file has problems.
    #[error("{0}")]
    Problems(Report),
}

/// All problems of a file, in its order, as text.
#[derive(Clone, Debug)]
pub struct Report {
    text: String,
    count: usize,
}

impl Report {
    /// How many problems there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// One problem: where, what, and what to write instead.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

/// The text with a star for each byte of the hidden places and of logins in addresses, so that every other place stays
/// where it is.
pub(super) fn masked(text: &str, hidden: &[Range<usize>]) -> String {
    let hidden: Vec<Range<usize>> = hidden.iter().cloned().chain(logins(text)).collect();
    let is_hidden = |at: usize, c: char| c != '\n' && hidden.iter().any(|place| place.contains(&at));
    let mask = |(at, c): (usize, char)| if is_hidden(at, c) { "*".repeat(c.len_utf8()) } else { c.to_string() };
    text.char_indices().map(mask).collect()
}

/// Where a user and a password stand in an address: before an `@` that comes before any path.
fn logins(text: &str) -> impl Iterator<Item = Range<usize>> {
    text.match_indices("://").filter_map(|(at, sign)| {
        let start = at + sign.len();
        let host = text[start..].split(|c: char| "/?#\"'".contains(c) || c.is_whitespace()).next()?;
        Some(start..start + host.rfind('@')?)
    })
}

/// Shows each problem as `file:line:column` with its line and a caret.
pub(super) fn report(name: &str, text: &str, mut problems: Vec<Problem>) -> Report {
    problems.sort_by_key(|problem| (problem.span.start, problem.span.end));
    let renderer = Renderer::plain();
    let mut out = String::new();
    for problem in &problems {
        let end = problem.span.end.min(text.len());
        let start = problem.span.start.min(end);
        let first_line_end = text[start..end].find('\n').map_or(end, |at| start + at);
        let snippet = Snippet::source(text).path(name).annotation(AnnotationKind::Primary.span(start..first_line_end));
        let group = Level::ERROR.primary_title(&problem.message).element(snippet);
        let group = match &problem.help {
            Some(help) => group.element(Level::HELP.message(help)),
            None => group,
        };
        out.push_str(&renderer.render(&[group]));
        out.push_str("\n\n");
    }
    let count = problems.len();
    let plural = if count == 1 { "" } else { "s" };
    out.push_str(&format!("{name}: {count} problem{plural}"));
    Report { text: out, count }
}

/// The nearest of `names`, when one is near, for a question such as `did you mean …?`.
pub fn nearest<'a>(word: &str, names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let near = |name: &str| strsim::damerau_levenshtein(word, name);
    let best = names.min_by_key(|name| near(name))?;
    let length = word.chars().count().max(best.chars().count());
    (near(best) * 2 < length).then_some(best)
}
