//! 舍位平衡: figures rounded to 万元 (or any step) that still add up. Each is rounded on its own, then the
//! difference to the rounded total is spread over the largest, one step each, so that no figure moves by
//! more than it must and a zero stays a zero. Which figures belong together is the caller's knowledge.

use std::cmp::Reverse;

/// A figure and what it is made of. A leaf has no parts; otherwise `amount` is the sum of the parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figure {
    /// 分 before rounding; steps after it.
    pub amount: i64,
    pub parts: Vec<Figure>,
}

/// `amount` in whole steps of `step` 分, half away from zero.
pub fn round(amount: i64, step: i64) -> i64 {
    let (whole, rest) = (amount / step, amount % step);
    if rest.abs() * 2 >= step { whole + rest.signum() } else { whole }
}

/// `amounts` (分) in steps of `step` 分; the results add up to the rounded sum of the amounts.
pub fn balance(amounts: &[i64], step: i64) -> Vec<i64> {
    let sum: i128 = amounts.iter().map(|amount| i128::from(*amount)).sum();
    let (whole, rest) = (sum / i128::from(step), sum % i128::from(step));
    let up = if rest.abs() * 2 >= i128::from(step) { rest.signum() } else { 0 };
    balance_to(amounts, step, i64::try_from(whole + up).unwrap_or(i64::MAX))
}

/// As [`balance`], adding up to `target` steps, which may lie a little beside the rounded sum because
/// the level above was adjusted.
pub fn balance_to(amounts: &[i64], step: i64, target: i64) -> Vec<i64> {
    let mut rounded: Vec<i64> = amounts.iter().map(|amount| round(*amount, step)).collect();
    let sum: i128 = rounded.iter().map(|steps| i128::from(*steps)).sum();
    let mut missing = i64::try_from(i128::from(target) - sum).unwrap_or(0);
    let mut largest: Vec<usize> = (0..amounts.len()).filter(|&at| amounts[at] != 0).collect();
    if missing == 0 || largest.is_empty() {
        return rounded;
    }
    let size = |&at: &usize| (Reverse(amounts[at].unsigned_abs()), at);
    let touched = usize::try_from(missing.unsigned_abs()).unwrap_or(usize::MAX);
    if touched < largest.len() {
        largest.select_nth_unstable_by_key(touched, size);
        largest.truncate(touched);
    }
    largest.sort_unstable_by_key(size);
    while missing != 0 {
        for &at in &largest {
            if missing == 0 {
                break;
            }
            rounded[at] += missing.signum();
            missing -= missing.signum();
        }
    }
    rounded
}

/// The whole tree in steps of `step` 分: at every level the parts add up to their figure.
pub fn balance_tree(figure: &Figure, step: i64) -> Figure {
    to_target(figure, step, round(figure.amount, step))
}

fn to_target(figure: &Figure, step: i64, target: i64) -> Figure {
    let amounts: Vec<i64> = figure.parts.iter().map(|part| part.amount).collect();
    let targets = balance_to(&amounts, step, target);
    let parts = figure.parts.iter().zip(targets).map(|(part, target)| to_target(part, step, target)).collect();
    Figure { amount: target, parts }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// 0.01 万元.
    const STEP: i64 = 10_000;

    #[test]
    fn the_difference_goes_to_the_largest_figure() {
        // 0.335 + 0.335 + 9.33 = 10.00, but 0.34 + 0.34 + 9.33 = 10.01.
        assert_eq!(balance(&[335_000, 335_000, 9_330_000], STEP), [34, 34, 932]);
        assert_eq!(balance(&[], STEP), [0; 0]);
        assert_eq!(balance(&[4_999], STEP), [0]);
    }

    fn tree() -> impl Strategy<Value = Figure> {
        let leaf = (-1_000_000_000_i64..1_000_000_000).prop_map(|amount| Figure { amount, parts: Vec::new() });
        leaf.prop_recursive(4, 64, 6, |inner| {
            prop::collection::vec(inner, 1..6)
                .prop_map(|parts| Figure { amount: parts.iter().map(|part| part.amount).sum(), parts })
        })
    }

    fn assert_adds_up(figure: &Figure) {
        if !figure.parts.is_empty() {
            assert_eq!(figure.amount, figure.parts.iter().map(|part| part.amount).sum::<i64>());
        }
        figure.parts.iter().for_each(assert_adds_up);
    }

    proptest! {
        #[test]
        fn rounded_figures_add_up_and_none_moves_by_two_steps(amounts in prop::collection::vec(-9_000_000_000_i64..9_000_000_000, 0..60)) {
            let rounded = balance(&amounts, STEP);
            prop_assert_eq!(rounded.iter().sum::<i64>(), round(amounts.iter().sum(), STEP));
            for (exact, steps) in amounts.iter().zip(&rounded) {
                prop_assert!((steps * STEP - exact).abs() <= STEP + STEP / 2);
            }
        }

        #[test]
        fn zeros_stay_zero(amounts in prop::collection::vec(prop_oneof![Just(0_i64), 1_i64..90_000], 0..40)) {
            for (exact, steps) in amounts.iter().zip(balance(&amounts, STEP)) {
                prop_assert!(*exact != 0 || steps == 0);
            }
        }

        #[test]
        fn every_level_of_a_tree_adds_up(figure in tree()) {
            let balanced = balance_tree(&figure, STEP);
            prop_assert_eq!(balanced.amount, round(figure.amount, STEP));
            assert_adds_up(&balanced);
        }
    }
}
