//! Changes to `feeds.toml` that leave its comments and its order as they are.

use toml_edit::{DocumentMut, InlineTable, Item, TableLike, Value};

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

fn apply(table: &mut dyn TableLike, change: &Change) {
    let key = change.key;
    let value = match &change.to {
        To::Nothing => {
            table.remove(key);
            return;
        }
        To::Instead(_) if !table.contains_key(key) => return,
        To::Text(text) | To::Instead(text) => Value::from(text.as_str()),
        To::Flag(flag) => Value::from(*flag),
    };
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            // What stands beside the old value, such as a comment, stays.
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}
