//! A view for each kind, for people who open the file in SQLite's own shell: `SELECT * FROM accounts`.
//!
//! Views hold no data, so they are not migrated: at each start they are made to fit the schema.

use std::collections::{BTreeMap, BTreeSet};

use engine::store::Schema;
use rusqlite::Connection;

use crate::error::OpenError;

/// Makes the views of the file those of the schema.
pub fn refresh(connection: &mut Connection, schema: &Schema) -> Result<(), OpenError> {
    replace(connection, schema).map_err(OpenError::doing("given its views"))
}

fn replace(connection: &mut Connection, schema: &Schema) -> rusqlite::Result<()> {
    let (tables, there) = names(connection)?;
    let wanted = definitions(schema, &tables);
    if there == wanted {
        return Ok(());
    }
    let tx = connection.transaction()?;
    for name in there.keys() {
        tx.execute_batch(&format!("DROP VIEW {}", quoted(name)))?;
    }
    for definition in wanted.values() {
        tx.execute_batch(definition)?;
    }
    tx.commit()
}

type Definitions = BTreeMap<String, String>;

fn names(connection: &Connection) -> rusqlite::Result<(BTreeSet<String>, Definitions)> {
    let mut tables = BTreeSet::new();
    let mut views = BTreeMap::new();
    let mut statement = connection.prepare("SELECT type, name, sql FROM sqlite_master")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (kind, name): (String, String) = (row.get(0)?, row.get(1)?);
        if kind == "view" {
            views.insert(name, row.get(2)?);
        } else {
            tables.insert(name);
        }
    }
    Ok((tables, views))
}

fn definitions(schema: &Schema, tables: &BTreeSet<String>) -> Definitions {
    let mut views = BTreeMap::new();
    let mut add = |name: &str, other: String, select: String| {
        let taken = tables.contains(name) || views.contains_key(name);
        let name = if taken { other } else { name.to_owned() };
        let definition = format!("CREATE VIEW {} AS {select}", quoted(&name));
        views.insert(name, definition);
    };
    for (kind, name) in &schema.nodes {
        let select = format!("SELECT id, version, body FROM nodes WHERE kind = {}", kind.0);
        add(name, format!("{name}_nodes"), select);
    }
    for (kind, name, _) in &schema.edges {
        let select =
            format!("SELECT from_id, ord, to_id, flags, data FROM edges WHERE kind = {}", kind.0);
        add(name, format!("{name}_edges"), select);
    }
    views
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
