//! Where in the archive the first sheet and the table of texts are.

use super::damaged;
use super::xml::{Xml, attribute};
use crate::limits;
use crate::rows::{At, Source};
use quick_xml::events::Event;
use zip::ZipArchive;

/// Names of parts.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Parts {
    pub(super) sheet: String,
    pub(super) texts: Option<String>,
}

/// What one part says of another.
struct Relation {
    id: String,
    kind: String,
    target: String,
}

impl Parts {
    pub(super) fn find(archive: &mut ZipArchive<&mut dyn Source>) -> Result<Self, At> {
        let of_package = relations(archive, "")?;
        let workbook = of_package
            .into_iter()
            .find(|relation| relation.is("officeDocument"));
        let workbook = workbook.map_or_else(|| "xl/workbook.xml".to_owned(), |found| found.target);
        let first = first_sheet(archive, &workbook)?;
        let mut of_workbook = relations(archive, &workbook)?;
        let texts = of_workbook
            .iter()
            .position(|relation| relation.is("sharedStrings"));
        let texts = texts.map(|place| of_workbook.swap_remove(place).target);
        let sheet = of_workbook
            .into_iter()
            .find(|relation| relation.id == first);
        Ok(Self {
            sheet: sheet.ok_or_else(damaged)?.target,
            texts,
        })
    }
}

impl Relation {
    fn is(&self, kind: &str) -> bool {
        self.kind.rsplit('/').next() == Some(kind)
    }
}

/// The relation's id of the workbook's first sheet.
fn first_sheet(archive: &mut ZipArchive<&mut dyn Source>, workbook: &str) -> Result<String, At> {
    let part = archive.by_name(workbook).map_err(|_| damaged())?;
    let mut xml = Xml::new(part, limits::WORKBOOK_PART, "its list of sheets");
    loop {
        match xml.next()? {
            Event::Start(start) if start.local_name().as_ref() == "sheet" => {
                // `r:id`; `sheetId` is another name.
                return Ok(attribute(&start, "id")?.ok_or_else(damaged)?);
            }
            Event::Eof => return Err(damaged().into()),
            _ => {}
        }
    }
}

/// What `part` says of others; the package itself has no name. None where it says nothing.
fn relations(archive: &mut ZipArchive<&mut dyn Source>, part: &str) -> Result<Vec<Relation>, At> {
    let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
    let separator = if folder.is_empty() { "" } else { "/" };
    let name = format!("{folder}{separator}_rels/{file}.rels");
    let Ok(part) = archive.by_name(&name) else {
        return Ok(Vec::new());
    };
    let mut xml = Xml::new(part, limits::WORKBOOK_PART, "its list of parts");
    let mut found = Vec::new();
    loop {
        match xml.next()? {
            Event::Start(start) if start.local_name().as_ref() == "Relationship" => {
                let text = |name| attribute(&start, name).map(Option::unwrap_or_default);
                let target = text("Target")?;
                let target = match target.strip_prefix('/') {
                    Some(absolute) => absolute.to_owned(),
                    None => format!("{folder}{separator}{target}"),
                };
                found.push(Relation {
                    id: text("Id")?,
                    kind: text("Type")?,
                    target,
                });
            }
            Event::Eof => return Ok(found),
            _ => {}
        }
    }
}
