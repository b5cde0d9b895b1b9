//! One edit never re-checks the book: what `affected` names is enough. Proven by trying.

use crate::edits::{Draw, all, draws, op, small_book};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use suanpan_model::{
    RecordId,
    check::{affected, check},
    facts::Facts,
    memory::MemoryBook,
    op::GroupKind,
};

type Subject = (String, RecordId);
type Findings = BTreeMap<Subject, Vec<String>>;

fn findings_of(book: &MemoryBook, (entity, id): &Subject) -> Vec<String> {
    let def = book.schema().entity(entity).expect("a document").clone();
    let Some(record) = book.get(entity, *id).expect("memory can be read") else { return Vec::new() };
    let found = check(book, &def, &record).expect("memory can be read");
    found.into_iter().map(|finding| format!("{} {:?} {}", finding.rule, finding.field, finding.message)).collect()
}

fn check_everything(book: &MemoryBook) -> Findings {
    all(book)
        .into_iter()
        .map(|subject| (subject.clone(), findings_of(book, &subject)))
        .filter(|(_, found)| !found.is_empty())
        .collect()
}

/// Applies the draws in groups, as a book does: each op names whom it affects when it is applied, the
/// checks run when the group is complete.
fn follow(draws: &[Draw]) -> Result<(), TestCaseError> {
    let mut book = small_book();
    let mut held = check_everything(&book);
    for (group, stretch) in draws.chunks(3).enumerate() {
        let mut again: BTreeSet<Subject> = BTreeSet::new();
        let mut done = Vec::new();
        for (at, draw) in stretch.iter().enumerate() {
            let Some(op) = op(&book, group * 3 + at, *draw) else { continue };
            // As an undo, so that slips that nobody may delete go too.
            let Ok(decided) = book.apply_as(GroupKind::Undo(op.id), &op) else { continue };
            let subjects =
                affected(&book, &decided.def, decided.before.as_deref(), &decided.after).expect("memory can be read");
            again.extend(subjects.into_iter().map(|(entity, id)| (entity.to_owned(), id)));
            again.insert((op.entity.to_string(), op.record));
            done.push(op);
        }
        for subject in again {
            match findings_of(&book, &subject) {
                found if found.is_empty() => held.remove(&subject),
                found => held.insert(subject, found),
            };
        }
        let wanted = check_everything(&book);
        prop_assert!(held == wanted, "after {done:#?}:\n{}", differences(&held, &wanted));
    }
    Ok(())
}

fn differences(held: &Findings, wanted: &Findings) -> String {
    let subjects: BTreeSet<&Subject> = held.keys().chain(wanted.keys()).collect();
    let differing = subjects.into_iter().filter(|subject| held.get(*subject) != wanted.get(*subject));
    differing
        .map(|subject| format!("{subject:?}\n  held {:#?}\n  real {:#?}\n", held.get(subject), wanted.get(subject)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn checking_what_is_affected_finds_what_checking_everything_finds(draws in draws(60)) {
        follow(&draws)?;
    }
}
