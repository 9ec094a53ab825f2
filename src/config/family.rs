//! `[family.NAME]`: rules that the sites of one CMS share. Built-in families come from `families.toml` beside this
//! file, in the same form; a file's own family of the same name replaces them key by key.

use std::sync::LazyLock;

use toml::de::DeTable;

use super::source::{article_rules, css, listing_rules, regex};
use super::table::{Problems, Table};
use crate::model::{Families, Family, SourceId};

const BUILT_IN: &str = include_str!("families.toml");

/// The built-in families.
///
/// Their file is a part of the program; `every_built_in_family_is_read_without_a_problem` reads it strictly.
#[must_use]
pub fn families() -> Families {
    static FAMILIES: LazyLock<Families> = LazyLock::new(|| {
        let (document, _) = DeTable::parse_recoverable(BUILT_IN);
        let problems = Problems::default();
        let own = own_families(&Table::root(&document, &problems), &Families::default());
        Families::new(own)
    });
    FAMILIES.clone()
}

/// The file's families and the built-in ones that it does not replace; its own are tried first.
pub(super) fn read_families(root: &Table) -> Families {
    let built_in = families();
    let mut all = own_families(root, &built_in);
    let others: Vec<Family> =
        built_in.iter().filter(|family| all.iter().all(|own| own.name != family.name)).cloned().collect();
    all.extend(others);
    Families::new(all)
}

fn own_families(root: &Table, known: &Families) -> Vec<Family> {
    let tables = root.named("family");
    tables
        .into_iter()
        .map(|(name, span, table)| {
            if SourceId::parse(&name).is_none() {
                table.problem(span, format!("`{name}` is no family name"), "write 1 to 64 of a-z, 0-9 and -");
            }
            let common = known.named(&name).cloned().unwrap_or_default();
            let family = Family {
                marks: css(&table, "marks").or(common.marks),
                address: regex(&table, "address").or(common.address),
                listing: listing_rules(&table, &common.listing),
                article: article_rules(&table, &common.article),
                name,
            };
            table.finish();
            family
        })
        .collect()
}
