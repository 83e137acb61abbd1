//! XML of a part, piece by piece, each piece within limits.

use crate::fault::Fault;
use crate::limits;
use crate::rows::At;
use crate::rows::ration::Rationed;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::io::{BufReader, Read};

/// What one tag or text may have, with what the stream holds beyond it.
const PIECE: usize = 2 * limits::CELL;

/// A reader of XML that ends at a limit.
pub(super) struct Xml<R> {
    reader: quick_xml::Reader<Rationed<BufReader<R>>>,
    piece: Vec<u8>,
    what: &'static str,
}

impl<R: Read> Xml<R> {
    /// Of a part that may have `most` bytes; `what` names it when it has more.
    pub(super) fn new(stream: R, most: u64, what: &'static str) -> Self {
        let rationed = Rationed::new(BufReader::new(stream), PIECE, most);
        let mut reader = quick_xml::Reader::from_reader(rationed);
        reader.config_mut().expand_empty_elements = true;
        Self {
            reader,
            piece: Vec::new(),
            what,
        }
    }

    /// The next piece.
    pub(super) fn next(&mut self) -> Result<Event<'_>, Fault> {
        self.piece.clear();
        self.reader.get_mut().renew();
        match self.reader.read_event_into(&mut self.piece) {
            Ok(event) => Ok(event),
            Err(_) if self.reader.get_ref().is_spent_in_all() => {
                Err(Fault::WorkbookTooLarge(self.what))
            }
            Err(_) if self.reader.get_ref().is_spent() => Err(Fault::CellTooLong),
            Err(_) => Err(super::damaged()),
        }
    }

    /// All text up to the end of the element `name`, whose start was read, without what Japanese workbooks add on
    /// pronunciation.
    pub(super) fn text(&mut self, name: &str, text: &mut String) -> Result<(), Fault> {
        text.clear();
        let (mut depth, mut silent) = (0_u32, 0_u32);
        loop {
            match self.next()? {
                Event::Start(start) => {
                    depth += 1;
                    if silent > 0 || start.local_name().as_ref() == "rPh" {
                        silent += 1;
                    }
                }
                Event::End(end) if depth == 0 => {
                    return match end.local_name().as_ref() == name {
                        true => Ok(()),
                        false => Err(super::damaged()),
                    };
                }
                Event::End(_) => {
                    depth -= 1;
                    silent = silent.saturating_sub(1);
                }
                Event::Text(piece) if silent == 0 => text.push_str(&piece.xml10_content()),
                Event::CData(piece) if silent == 0 => text.push_str(&piece.xml10_content()),
                Event::GeneralRef(entity) if silent == 0 => text.push_str(&resolved(&entity)?),
                Event::Eof => return Err(super::damaged()),
                _ => {}
            }
            if text.len() > limits::CELL {
                return Err(Fault::CellTooLong);
            }
        }
    }
}

/// What an entity stands for. Own entities of the document are none that a report has.
fn resolved(entity: &BytesRef<'_>) -> Result<String, Fault> {
    if let Ok(Some(character)) = entity.resolve_char_ref() {
        return Ok(character.to_string());
    }
    let known = resolve_predefined_entity(&entity.xml10_content()).map(str::to_owned);
    known.ok_or_else(super::damaged)
}

/// The value of an attribute, by its name without prefix.
pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, At> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| super::damaged())?;
        if attribute.key.local_name().as_ref() == name {
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| super::damaged())?;
            return Ok(Some(value.into_owned()));
        }
    }
    Ok(None)
}
