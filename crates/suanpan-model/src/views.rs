//! Small typed readings of records: a struct with just the fields that a rule needs.
