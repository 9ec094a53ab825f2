//! A TOML table with the place of every key at hand: takes values out, notes what is wrong, names what is left.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Problem, nearest};

/// The problems found so far.
#[derive(Default)]
pub(super) struct Problems {
    found: RefCell<Vec<Problem>>,
    /// Values that no report shows.
    hidden: RefCell<Vec<Range<usize>>>,
}

impl Problems {
    pub(super) fn add(&self, span: Range<usize>, message: impl Into<String>, help: Option<String>) {
        self.found.borrow_mut().push(Problem { span, message: message.into(), help });
    }

    /// The problems, and the places that no report shows.
    pub(super) fn into_parts(self) -> (Vec<Problem>, Vec<Range<usize>>) {
        (self.found.into_inner(), self.hidden.into_inner())
    }
}

/// One table of the file, such as `[fetch]`.
pub(super) struct Table<'a> {
    name: String,
    entries: Option<&'a DeTable<'a>>,
    span: Range<usize>,
    asked: RefCell<Vec<&'static str>>,
    problems: &'a Problems,
}

impl<'a> Table<'a> {
    pub(super) fn root(table: &'a Spanned<DeTable<'a>>, problems: &'a Problems) -> Self {
        Self::new("the top level".to_owned(), Some(table.get_ref()), table.span(), problems)
    }

    fn new(name: String, entries: Option<&'a DeTable<'a>>, span: Range<usize>, problems: &'a Problems) -> Self {
        Self { name, entries, span, asked: RefCell::default(), problems }
    }

    /// Where the table stands.
    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    pub(super) fn problem(&self, span: Range<usize>, message: impl Into<String>, help: impl Into<String>) {
        self.problems.add(span, message, Some(help.into()));
    }

    pub(super) fn has(&self, key: &'static str) -> bool {
        self.value(key).is_some()
    }

    /// Where the value of a key stands; the table when it has none.
    pub(super) fn span_of(&self, key: &'static str) -> Range<usize> {
        self.value(key).map_or_else(|| self.span(), Spanned::span)
    }

    fn value(&self, key: &'static str) -> Option<&'a Spanned<DeValue<'a>>> {
        if !self.asked.borrow().contains(&key) {
            self.asked.borrow_mut().push(key);
        }
        self.entries?.get(key)
    }

    fn wrong_type(&self, value: &Spanned<DeValue>, key: &str, wanted: &str) {
        let message = format!("`{key}` is {} {}", article(value.get_ref().type_str()), value.get_ref().type_str());
        self.problem(value.span(), message, format!("write {wanted}"));
    }

    /// A string, read by `read`; a refusal becomes a problem with `help` as the way out.
    pub(super) fn parsed<T>(
        &self,
        key: &'static str,
        help: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.value(key)?;
        let Some(text) = value.get_ref().as_str() else {
            let message = format!("`{key}` is {} and not a string", value.get_ref().type_str());
            self.problem(value.span(), message, format!("{help}, between quotes"));
            return None;
        };
        read(text).map_err(|message| self.problem(value.span(), message, help)).ok()
    }

    /// A string that is not empty.
    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        self.parsed(key, "write some text between quotes", |text| {
            if text.chars().any(char::is_control) {
                Err(format!("`{key}` holds a control character"))
            } else if text.trim().is_empty() {
                Err(format!("`{key}` is empty"))
            } else {
                Ok(text.to_owned())
            }
        })
    }

    /// Keeps the value of a key out of every report.
    pub(super) fn hide(&self, key: &'static str) {
        let place = self.value(key).map(Spanned::span);
        self.problems.hidden.borrow_mut().extend(place);
    }

    /// All keys of a table whose keys are the file's own, with their texts and places.
    pub(super) fn texts(&self) -> Vec<(String, String, Range<usize>)> {
        let mut texts = Vec::new();
        for (key, value) in self.entries.into_iter().flat_map(|table| table.iter()) {
            let name = key.get_ref().to_string();
            match value.get_ref().as_str() {
                Some(text) => texts.push((name, text.to_owned(), key.span())),
                None => self.wrong_type(value, &name, "text between quotes"),
            }
        }
        texts
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let list: Vec<String> = words.iter().map(|(word, _)| format!("\"{word}\"")).collect();
        self.parsed(key, &format!("write {}", list.join(" or ")), |text| {
            let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
            found.ok_or_else(|| format!("`{text}` is no value of `{key}`"))
        })
    }

    pub(super) fn flag(&self, key: &'static str) -> Option<bool> {
        let value = self.value(key)?;
        let flag = value.get_ref().as_bool();
        if flag.is_none() {
            self.wrong_type(value, key, "true or false, without quotes");
        }
        flag
    }

    /// A whole number within a range.
    pub(super) fn number(&self, key: &'static str, range: std::ops::RangeInclusive<usize>) -> Option<usize> {
        let value = self.value(key)?;
        let help = format!("a whole number from {} to {}", range.start(), range.end());
        let Some(integer) = value.get_ref().as_integer() else {
            self.wrong_type(value, key, &help);
            return None;
        };
        let number = usize::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|n| range.contains(n));
        if number.is_none() {
            self.problem(
                value.span(),
                format!("`{key} = {}` is out of range", integer.as_str()),
                format!("write {help}"),
            );
        }
        number
    }

    /// A part of a whole, above 0 and up to 1.
    pub(super) fn share(&self, key: &'static str) -> Option<f64> {
        let value = self.value(key)?;
        let help = "a share above 0 and up to 1, such as 0.3";
        let text = match value.get_ref() {
            DeValue::Float(float) => float.as_str(),
            DeValue::Integer(integer) => integer.as_str(),
            _ => {
                self.wrong_type(value, key, help);
                return None;
            }
        };
        let share = text.replace('_', "").parse().ok().filter(|share| *share > 0.0 && *share <= 1.0);
        if share.is_none() {
            self.problem(value.span(), format!("`{key} = {text}` is out of range"), format!("write {help}"));
        }
        share
    }

    /// A list of strings, each read by `read`.
    pub(super) fn list<T>(
        &self,
        key: &'static str,
        help: &str,
        read: impl Fn(&str) -> Result<T, String>,
    ) -> Option<Vec<T>> {
        let value = self.value(key)?;
        let Some(array) = value.get_ref().as_array() else {
            self.wrong_type(value, key, &format!("a list of strings: {help}"));
            return None;
        };
        let mut out = Vec::new();
        for entry in array {
            match entry.get_ref().as_str() {
                Some(text) => match read(text) {
                    Ok(value) => out.push(value),
                    Err(message) => self.problem(entry.span(), message, help),
                },
                None => self.wrong_type(entry, key, &format!("strings: {help}")),
            }
        }
        Some(out)
    }

    /// The table under a key; an empty one when it is missing.
    pub(super) fn table(&self, key: &'static str) -> Table<'a> {
        let name = format!("[{key}]");
        match self.value(key) {
            None => Table::new(name, None, self.span(), self.problems),
            Some(value) => {
                let entries = value.get_ref().as_table();
                if entries.is_none() {
                    self.wrong_type(value, key, &format!("a table: {name}"));
                }
                Table::new(name, entries, value.span(), self.problems)
            }
        }
    }

    /// The tables under a `[key.NAME]`, each with its name and where that stands, in the file's order.
    pub(super) fn named(&self, key: &'static str) -> Vec<(String, Range<usize>, Table<'a>)> {
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(entries) = value.get_ref().as_table() else {
            self.wrong_type(value, key, &format!("tables: [{key}.NAME]"));
            return Vec::new();
        };
        let table = |(name, value): (&Spanned<std::borrow::Cow<'a, str>>, &'a Spanned<DeValue<'a>>)| {
            let shown = format!("[{key}.{}]", name.get_ref());
            let entries = value.get_ref().as_table();
            if entries.is_none() {
                self.wrong_type(value, name.get_ref(), &format!("a table: {shown}"));
            }
            let inner = Table::new(shown, entries, value.span(), self.problems);
            (name.get_ref().to_string(), name.span(), inner)
        };
        let mut tables: Vec<_> = entries.iter().map(table).collect();
        tables.sort_by_key(|(_, span, _)| span.start);
        tables
    }

    /// The tables of a `[[key]]`.
    pub(super) fn tables(&self, key: &'static str) -> Vec<Table<'a>> {
        let name = format!("[[{key}]]");
        let Some(value) = self.value(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.problem(value.span(), format!("`{key}` is written once"), format!("write {name} with two brackets"));
            return Vec::new();
        };
        array
            .iter()
            .map(|entry| {
                let entries = entry.get_ref().as_table();
                if entries.is_none() {
                    self.wrong_type(entry, key, &format!("tables: {name}"));
                }
                Table::new(name.clone(), entries, entry.span(), self.problems)
            })
            .collect()
    }

    /// Notes every key that nobody asked for; the table has been read.
    pub(super) fn finish(self) {
        self.unknown();
    }

    /// Notes every key that nobody asked for so far.
    pub(super) fn unknown(&self) {
        let known = self.asked.borrow();
        for (key, _) in self.entries.into_iter().flat_map(|table| table.iter()) {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let help = match nearest(name, known.iter().copied()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => format!("{} knows: {}", self.name, known.join(", ")),
                };
                self.problem(key.span(), format!("unknown key `{name}` in {}", self.name), help);
            }
        }
    }
}

fn article(noun: &str) -> &'static str {
    if noun.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" }
}
