//! An exact decimal as it stands in a text, between the text and whole 分 or a decimal field. No float
//! is involved and nothing is rounded.

/// An exact decimal: `digits` × 10^`exponent`.
pub struct Figure {
    pub digits: i128,
    pub exponent: i32,
}

impl Figure {
    /// Plain or scientific notation with an optional leading `-`.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, small_exponent(exponent)?),
            None => (text, 0),
        };
        let (negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all_digits = whole.bytes().chain(fraction.bytes()).all(|byte| byte.is_ascii_digit());
        if !all_digits || whole.len() + fraction.len() == 0 {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.len() > 30 {
            return None;
        }
        let digits: i128 = if digits.is_empty() { 0 } else { digits.parse().ok()? };
        Some(Self { digits: if negative { -digits } else { digits }, exponent: exponent - fraction.len() as i32 })
    }

    /// This × `factor` as a whole number; None when it is not whole (or far out of any range).
    pub fn times(&self, factor: i64) -> Option<i128> {
        let product = self.digits.checked_mul(i128::from(factor))?;
        if product == 0 {
            return Some(0);
        }
        let power = 10i128.checked_pow(self.exponent.unsigned_abs())?;
        if self.exponent >= 0 {
            return product.checked_mul(power).or(Some(i128::MAX));
        }
        (product % power == 0).then(|| product / power)
    }
}

fn small_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let fits = (1..=2).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let exponent: i32 = fits.then(|| text.parse().ok()).flatten()?;
    (exponent.abs() <= 30).then_some(exponent)
}
