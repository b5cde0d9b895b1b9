//! Shapes and check digits of the codes people read: 统一社会信用代码, 单位代码, 项目代码, 财政区划.

/// Entity and field of the code that the province issues: 项目代码. Other codes are given by whoever keeps the records.
pub const PROJECT_CODE: (&str, &str) = ("project", "pro_code");

/// 统一社会信用代码 (GB 32100-2015): 18 characters, the last one a mod-31 check character.
pub fn social_credit_code_is_valid(code: &str) -> bool {
    const ALPHABET: &[u8; 31] = b"0123456789ABCDEFGHJKLMNPQRTUWXY";
    const WEIGHTS: [usize; 17] = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];
    let bytes = code.as_bytes();
    if bytes.len() != 18 {
        return false;
    }
    let mut values = [0_usize; 18];
    for (value, byte) in values.iter_mut().zip(bytes) {
        match ALPHABET.iter().position(|letter| letter == byte) {
            Some(position) => *value = position,
            None => return false,
        }
    }
    let sum: usize = values.iter().zip(WEIGHTS).map(|(value, weight)| value * weight).sum();
    values[17] == (31 - sum % 31) % 31
}

/// The check character for the first 17 characters, or None when they are not of the alphabet.
pub fn social_credit_check_char(first17: &str) -> Option<char> {
    const ALPHABET: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
    ALPHABET.chars().find(|last| social_credit_code_is_valid(&format!("{first17}{last}")))
}

/// 单位代码: groups of three digits, 2 to 7 of them (部门 3 + 单位 3 + further levels 3).
pub fn agency_code_is_well_formed(code: &str) -> bool {
    (3..=21).contains(&code.len()) && code.len().is_multiple_of(3) && code.bytes().all(|byte| byte.is_ascii_digit())
}

/// 项目代码: 21 characters, 区划 6 digits + 年度 2 digits + digits and at most one type letter.
pub fn project_code_is_well_formed(code: &str) -> bool {
    let letters = code.bytes().filter(u8::is_ascii_uppercase).count();
    code.len() == 21
        && code.bytes().take(8).all(|byte| byte.is_ascii_digit())
        && code.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && letters <= 1
}

/// 财政区划 MOF_DIV_CODE: 9 digits.
pub fn division_is_well_formed(code: &str) -> bool {
    code.len() == 9 && code.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_credit_code_passes_and_any_changed_character_fails() {
        let code = "91350100M000100Y43";
        assert!(social_credit_code_is_valid(code));
        for at in 0..18 {
            for letter in "0123456789ABCDEFGHJKLMNPQRTUWXY".chars() {
                let mut changed: Vec<char> = code.chars().collect();
                if changed[at] == letter {
                    continue;
                }
                changed[at] = letter;
                assert!(!social_credit_code_is_valid(&changed.iter().collect::<String>()));
            }
        }
    }
}
