//! The relations between the parts of xlsx and xlsb: which part is the workbook, which is a sheet.

use crate::error::ReadError;
use crate::guard::Package;
use crate::markup::{Doctype, Markup, Token, attr, text_of};
use std::collections::HashMap;

pub struct Relation {
    /// The last word of its type: `worksheet`, `styles`.
    pub kind: String,
    /// Full name of the part.
    pub target: String,
}

/// Id → kind and full part name. A missing part is an empty map.
pub fn relations(package: &mut Package, name: &str, folder: &str) -> Result<HashMap<String, Relation>, ReadError> {
    let mut found = HashMap::new();
    let Some(part) = package.part(name)? else { return Ok(found) };
    let mut markup = Markup::new(part, Doctype::Refuse);
    loop {
        match markup.token()? {
            Token::End => return Ok(found),
            Token::Open { name: b"Relationship", attrs, .. } => {
                // A target outside the file (a linked workbook, a web address) is never opened.
                if attr(attrs, "TargetMode") == Some(b"External") {
                    continue;
                }
                let kind = text_of(attr(attrs, "Type"))?;
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                let target = full_name(folder, &text_of(attr(attrs, "Target"))?);
                found.insert(text_of(attr(attrs, "Id"))?, Relation { kind, target });
            }
            _ => {}
        }
    }
}

fn full_name(folder: &str, target: &str) -> String {
    if let Some(from_root) = target.strip_prefix('/') {
        return from_root.to_owned();
    }
    let mut steps: Vec<&str> = folder.split('/').filter(|step| !step.is_empty()).collect();
    for step in target.split('/') {
        match step {
            "." | "" => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    steps.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn part_names_are_resolved_within_the_package() {
        assert_eq!(full_name("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(full_name("xl", "/xl/sheet.xml"), "xl/sheet.xml");
        assert_eq!(full_name("xl/a", "../b.xml"), "xl/b.xml");
        assert_eq!(full_name("xl", "../../../etc/passwd"), "etc/passwd");
    }
}
