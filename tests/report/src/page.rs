//! A document as text: finding a section by its markers and replacing what stands between them.

use anyhow::{Result, bail};
use std::ops::Range;

/// What stands between the markers of the section `name`.
///
/// # Errors
/// A marker is missing, there twice, or they are in the wrong order.
pub(crate) fn text<'a>(page: &'a str, name: &str) -> Result<&'a str> {
    Ok(&page[place(page, name)?])
}

/// The page with `markdown` as the text of the section `name`.
///
/// # Errors
/// As [`text`]; and a text that is empty or would break the page by markers of its own.
pub(crate) fn with_text(page: &str, name: &str, markdown: &str) -> Result<String> {
    let markdown = markdown.trim();
    if markdown.is_empty() {
        bail!("the text of the section {name:?} is empty: write the command and its figures");
    }
    if markdown.contains(":begin -->") || markdown.contains(":end -->") {
        bail!("the text of the section {name:?} holds a section marker: leave markers to the page");
    }
    let place = place(page, name)?;
    Ok(format!(
        "{}\n\n{markdown}\n\n{}",
        &page[..place.start],
        &page[place.end..]
    ))
}

fn place(page: &str, name: &str) -> Result<Range<usize>> {
    let (begin, end) = (
        format!("<!-- {name}:begin -->"),
        format!("<!-- {name}:end -->"),
    );
    let start = once(page, &begin)? + begin.len();
    let stop = once(page, &end)?;
    if stop < start {
        bail!("it has {end:?} before {begin:?}: swap the two lines");
    }
    Ok(start..stop)
}

fn once(page: &str, marker: &str) -> Result<usize> {
    let mut places = page.match_indices(marker);
    match (places.next(), places.next()) {
        (Some((place, _)), None) => Ok(place),
        (None, _) => bail!(
            "it has no line {marker:?}: add it where the section belongs, \
             the begin marker above the end marker"
        ),
        (Some(_), Some(_)) => {
            bail!("it has the line {marker:?} twice: leave one of them")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str =
        "# A\n<!-- a:begin -->\nold\n<!-- a:end -->\n# B\n<!-- b:begin -->\n<!-- b:end -->\n";

    #[test]
    fn a_section_is_replaced_and_the_rest_is_kept_to_the_byte() {
        let page = with_text(PAGE, "a", "\n new | text\n").unwrap();
        let want = "# A\n<!-- a:begin -->\n\nnew | text\n\n<!-- a:end -->\n# B\n<!-- b:begin -->\n<!-- b:end -->\n";
        assert_eq!(page, want);
        assert_eq!(
            with_text(&page, "a", "new | text").unwrap(),
            want,
            "and again"
        );
        assert_eq!(text(&page, "a").unwrap().trim(), "new | text");
        assert_eq!(text(&page, "b").unwrap().trim(), "");
    }

    #[test]
    fn markers_that_are_missing_doubled_or_swapped_are_told_with_what_to_do() {
        let cases = [
            (
                "<!-- a:end -->",
                "add it",
                "has no line \"<!-- a:begin -->\"",
            ),
            (
                "<!-- a:begin -->",
                "add it",
                "has no line \"<!-- a:end -->\"",
            ),
            ("<!-- a:end --><!-- a:begin -->", "swap", "before"),
            (
                "<!-- a:begin --><!-- a:begin --><!-- a:end -->",
                "leave one",
                "\"<!-- a:begin -->\" twice",
            ),
            (
                "<!-- a:begin --><!-- a:end --><!-- a:end -->",
                "leave one",
                "\"<!-- a:end -->\" twice",
            ),
        ];
        for (page, advice, what) in cases {
            let error = with_text(page, "a", "x").unwrap_err().to_string();
            assert!(error.contains(advice) && error.contains(what), "{error}");
        }
    }

    #[test]
    fn a_text_that_would_spoil_the_page_is_refused() {
        for text in ["", " \n", "x\n<!-- b:begin -->", "<!-- c:end -->"] {
            assert!(with_text(PAGE, "a", text).is_err(), "{text:?}");
        }
    }
}
