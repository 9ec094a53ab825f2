//! Changes to `feeds.toml` that leave its comments and its order as they are.

use toml_edit::{DocumentMut, InlineTable, Item, TableLike, Value};
use url::Url;

use crate::model::{Change, SourceId, To};

/// The text of a file with changes to one of its sources; a change that changes nothing is none.
///
/// # Errors
/// In words, when the text is no TOML or holds no such source.
pub fn edited(text: &str, id: &SourceId, changes: &[Change]) -> Result<String, String> {
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let sources = document.get_mut("source").and_then(Item::as_array_of_tables_mut);
    let of_id = |table: &&mut toml_edit::Table| table.get("id").and_then(Item::as_str) == Some(id.as_str());
    let source = sources.and_then(|tables| tables.iter_mut().find(of_id));
    let source = source.ok_or_else(|| format!("the file holds no [[source]] with id = \"{id}\""))?;
    for change in changes {
        let Some(name) = change.table else {
            apply(source, change);
            continue;
        };
        let adds = matches!(change.to, To::Text(_) | To::Flag(_));
        if !source.contains_key(name) && adds {
            source.insert(name, Item::Value(Value::InlineTable(InlineTable::new())));
        }
        if let Some(table) = source.get_mut(name).and_then(Item::as_table_like_mut) {
            apply(table, change);
            if table.is_empty() {
                source.remove(name);
            }
        }
    }
    Ok(document.to_string())
}

/// Puts an address in the place of another, in the text of a key or in the list of its name with an `s`.
fn replace(table: &mut dyn TableLike, key: &str, old: &Url, new: &Url) {
    let many = format!("{key}s");
    let mut texts: Vec<&mut Value> = Vec::new();
    for (name, item) in table.iter_mut() {
        if name == key {
            texts.extend(item.as_value_mut());
        } else if name == many.as_str() {
            texts.extend(item.as_array_mut().into_iter().flat_map(toml_edit::Array::iter_mut));
        }
    }
    for text in texts {
        if text.as_str().and_then(|text| Url::parse(text).ok()).as_ref() == Some(old) {
            put(text, Value::from(new.as_str()));
        }
    }
}

/// Puts a value in the place of another; what stands beside it, such as a comment, stays.
fn put(old: &mut Value, new: Value) {
    let decor = old.decor().clone();
    *old = new;
    *old.decor_mut() = decor;
}

fn apply(table: &mut dyn TableLike, change: &Change) {
    let key = change.key;
    let value = match &change.to {
        To::Nothing => {
            table.remove(key);
            return;
        }
        To::Entry(old, new) => return replace(table, key, old, new),
        To::Instead(_) if !table.contains_key(key) => return,
        To::Text(text) | To::Instead(text) => Value::from(text.as_str()),
        To::Flag(flag) => Value::from(*flag),
    };
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => put(old, value),
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}
