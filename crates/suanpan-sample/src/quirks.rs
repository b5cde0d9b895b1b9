//! What is odd in the sample county, on purpose: one case each for a handful of 提示性 checks, so that
//! a newcomer sees findings that lead somewhere. `at` counts units from 0, `serial` projects from 1.

/// STF-001: three people more than posts.
pub fn is_overstaffed(at: usize) -> bool {
    at == 30
}

/// AGY-010: headcounts not yet reported.
pub fn has_no_staff_record(at: usize) -> bool {
    at == 201
}

/// AGY-007: an organ that claims partial funding.
pub fn has_odd_funding(at: usize) -> bool {
    at == 17
}

/// ACC-003: the account still bears an old name.
pub fn has_old_account_name(at: usize) -> bool {
    at == 44
}

/// INC-005: income grows faster than it may without a word.
pub fn grows_fast(at: usize) -> bool {
    at == 58
}

/// ALT-013: vehicle money without its 三公 mark.
pub fn forgets_vehicle_mark(at: usize) -> bool {
    at == 66
}

/// PRJ-009: no yearly plan.
pub fn has_no_plan(serial: usize) -> bool {
    serial % 691 == 5
}

/// PRF-007: no cost indicator.
pub fn has_no_cost_indicator(serial: usize) -> bool {
    serial % 577 == 6
}

/// PRF-006: a target in words where a number belongs.
pub fn has_wordy_target(serial: usize) -> bool {
    serial % 811 == 9
}
