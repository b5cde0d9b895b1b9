//! The tables of the province, as a numbered list that only grows: each step works with the program before it and
//! the one after it, so that servers can be renewed one by one. Written as PostgreSQL has it; for SQLite the types
//! are put into its words and the partitions left out.

use super::sql::Sql;
use suanpan_sync::server::store::Stored;

/// Partitions of the large tables: they spread the writers over many smaller indexes. Tables that are asked for many
/// ids at once have none, because each would be asked in vain in all partitions but one.
const PARTITIONS: u32 = 16;

struct Table {
    name: &'static str,
    columns: &'static str,
    /// Column whose hash chooses the partition; empty = not partitioned.
    by: &'static str,
    /// Column of bytes that are packed already and not worth another attempt; empty = none.
    packed: &'static str,
}

const fn table(name: &'static str, columns: &'static str) -> Table {
    Table { name, columns, by: "", packed: "" }
}

/// What one step does.
enum Step {
    Make(&'static [Table]),
    /// A further column; null where a program that does not know it has written.
    Widen {
        table: &'static str,
        column: &'static str,
    },
}

/// Step 1 and on. `record_scope` finds the scope of an id and lets no id be used twice, in whichever scope; a row of
/// `reference` says that some field of `id` names `target`, which field it is stands in the record; `stamp` is when a parcel was taken in, as desks are told.
const STEPS: &[Step] = &[
    Step::Make(&[
        table("meta", "key text PRIMARY KEY, value text NOT NULL"),
        table("scope_head", "scope int PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT NULL"),
        Table {
            name: "log",
            columns: "scope int NOT NULL, seq bigint NOT NULL, hash bytea NOT NULL, device int NOT NULL, \
                  parcel bigint NOT NULL, verbatim boolean NOT NULL, packed bytea NOT NULL, PRIMARY KEY (scope, seq)",
            by: "scope",
            packed: "packed",
        },
        Table {
            name: "record",
            columns: "scope int NOT NULL, entity text NOT NULL, id uuid NOT NULL, fiscal_year int NOT NULL, \
                  version int NOT NULL, deleted boolean NOT NULL, fields jsonb NOT NULL, changed_by text NOT NULL, \
                  changed_at_ms bigint NOT NULL, PRIMARY KEY (scope, id, entity)",
            by: "scope",
            packed: "",
        },
        table("record_scope", "id uuid NOT NULL, entity text NOT NULL, scope int NOT NULL, PRIMARY KEY (id, entity)"),
        Table {
            name: "reference",
            columns: "target uuid NOT NULL, id uuid NOT NULL, scope int NOT NULL, PRIMARY KEY (target, id)",
            by: "target",
            packed: "",
        },
        Table {
            name: "code",
            columns: "scope int NOT NULL, entity text NOT NULL, field text NOT NULL, fiscal_year int NOT NULL, \
                  code text COLLATE \"C\" NOT NULL, record uuid NOT NULL, \
                  PRIMARY KEY (scope, entity, field, fiscal_year, code)",
            by: "scope",
            packed: "",
        },
        table(
            "device",
            "id int PRIMARY KEY, verify bytea NOT NULL, name text NOT NULL, home int NOT NULL, reads text NOT NULL, \
         writes text NOT NULL, revoked boolean NOT NULL, since_ms bigint NOT NULL",
        ),
        table(
            "device_place",
            "id int PRIMARY KEY, received bigint NOT NULL, received_hash bytea NOT NULL, settled bigint NOT NULL, \
         request bigint NOT NULL, seen_ms bigint NOT NULL",
        ),
        table(
            "device_chain",
            "device int NOT NULL, parcel bigint NOT NULL, hash bytea NOT NULL, PRIMARY KEY (device, parcel)",
        ),
        Table {
            name: "staged",
            columns: "device int NOT NULL, parcel bigint NOT NULL, packed bytea NOT NULL, PRIMARY KEY (device, parcel)",
            by: "",
            packed: "packed",
        },
        table("decided", "id uuid PRIMARY KEY, outcome bytea"),
        table(
            "outcome",
            "device int NOT NULL, parcel bigint NOT NULL, outcome bytea NOT NULL, PRIMARY KEY (device, parcel)",
        ),
        table(
            "lease",
            "entity text NOT NULL, field text NOT NULL, fiscal_year int NOT NULL, last text COLLATE \"C\" NOT NULL, \
         first text COLLATE \"C\" NOT NULL, device int NOT NULL, scope int NOT NULL, \
         PRIMARY KEY (entity, field, fiscal_year, last)",
        ),
        table(
            "enrolment",
            "code_hash bytea PRIMARY KEY, name text NOT NULL, home int NOT NULL, reads text NOT NULL, \
         writes text NOT NULL, expires_ms bigint NOT NULL, device int, verify bytea",
        ),
    ]),
    Step::Widen { table: "device_chain", column: "stamp int" },
];

/// Which words a database has for the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    Sqlite,
    Postgres,
}

/// In SQLite's words; longer ones first.
const IN_SQLITE: &[(&str, &str)] = &[
    (" boolean", " INTEGER"),
    (" bigint", " INTEGER"),
    (" bytea", " BLOB"),
    (" jsonb", " TEXT"),
    (" uuid", " BLOB"),
    (" int", " INTEGER"),
    (" COLLATE \"C\"", ""),
];

/// Brings the tables up to this program. Others are kept out by the caller's transaction.
pub fn run(sql: &dyn Sql, words: Words) -> Stored<()> {
    sql.run("CREATE TABLE IF NOT EXISTS migration (number int PRIMARY KEY)", &[])?;
    let done = sql.row("SELECT count(*) FROM migration", &[])?.map_or(Ok(0), |row| row.small::<usize>(0))?;
    for (number, step) in (1_i64..).zip(STEPS).skip(done) {
        let statements: Vec<String> = match step {
            Step::Make(tables) => tables.iter().flat_map(|table| statements(table, words)).collect(),
            Step::Widen { table, column } => {
                vec![format!("ALTER TABLE {table} ADD COLUMN {}", in_words(column, words))]
            }
        };
        for statement in statements {
            sql.run(&statement, &[])?;
        }
        sql.run("INSERT INTO migration (number) VALUES (?1)", &[super::sql::Cell::Int(number)])?;
    }
    Ok(())
}

fn in_words(columns: &str, words: Words) -> String {
    match words {
        Words::Sqlite => IN_SQLITE.iter().fold(columns.to_owned(), |text, (from, to)| text.replace(from, to)),
        Words::Postgres => columns.to_owned(),
    }
}

fn statements(table: &Table, words: Words) -> Vec<String> {
    let Table { name, columns, by, packed } = table;
    let columns = in_words(columns, words);
    if words == Words::Sqlite {
        return vec![format!("CREATE TABLE {name} ({columns}) STRICT")];
    }
    let partitioned = if by.is_empty() { String::new() } else { format!(" PARTITION BY HASH ({by})") };
    let mut all = vec![format!("CREATE TABLE {name} ({columns}){partitioned}")];
    if !packed.is_empty() {
        all.push(format!("ALTER TABLE {name} ALTER COLUMN {packed} SET STORAGE EXTERNAL"));
    }
    if !by.is_empty() {
        let part = |rest: u32| {
            format!(
                "CREATE TABLE {name}_{rest} PARTITION OF {name} FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {rest})"
            )
        };
        all.extend((0..PARTITIONS).map(part));
    }
    all
}
