//! Every key of `feeds.toml`, explained: one source for `bantin help feeds.toml` and `docs/feeds.md`.

mod sections;

use self::sections::SECTIONS;

/// What a table is for, and its keys.
struct Section {
    /// As it is written, with its brackets.
    table: &'static str,
    about: &'static str,
    keys: &'static [Key],
}

struct Key {
    name: &'static str,
    /// What is written behind it.
    kind: &'static str,
    /// What holds without it.
    default: &'static str,
    example: &'static str,
    about: &'static str,
}

/// Each table with the keys that are explained, in the order of the page.
pub fn explained() -> impl Iterator<Item = (&'static str, Vec<&'static str>)> {
    SECTIONS.iter().map(|section| (section.table, section.keys.iter().map(|key| key.name).collect()))
}

/// A line of TOML for each key, under its table.
pub fn examples() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    SECTIONS.iter().flat_map(|section| section.keys.iter().map(|key| (section.table, key.name, key.example)))
}

/// The page as Markdown: `docs/feeds.md`.
#[must_use]
pub fn markdown() -> String {
    let mut page = "# feeds.toml\n\nEvery key that bantin knows; all but a source's `id` and its place to read may be left \
                    out. An unknown key\nis an error. `bantin check` tells what is wrong with a file. `bantin help feeds.toml` \
                    prints this page.\n"
        .to_owned();
    for section in &SECTIONS {
        page += &format!("\n## {}\n\n{}\n\n", section.table, section.about);
        page += "| key | what is written | default | example | |\n| --- | --- | --- | --- | --- |\n";
        for key in section.keys {
            let code = |text: &str| {
                if text.starts_with(['"', '[', '{']) {
                    format!("`{}`", text.replace('|', "\\|"))
                } else {
                    text.to_owned()
                }
            };
            page += &format!(
                "| `{}` | {} | {} | {} | {} |\n",
                key.name,
                key.kind,
                code(key.default),
                code(key.example),
                key.about
            );
        }
    }
    page
}

/// The page as plain text for a terminal.
#[must_use]
pub fn plain() -> String {
    let mut page = "Every key of feeds.toml; all but a source's id and its place to read may be left out.\n".to_owned();
    for section in &SECTIONS {
        page += &format!("\n{}\n  {}\n", section.table, section.about);
        for key in section.keys {
            page += &format!(
                "\n  {}\n      {}\n      {}; default: {}\n      example: {} = {}\n",
                key.name, key.about, key.kind, key.default, key.name, key.example
            );
        }
    }
    page
}
