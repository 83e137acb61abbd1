//! Braces of Rust text, past those in comments, strings and characters.

/// Where the brace opens that the last character of `text` closes.
pub(crate) fn partner_of_last(text: &str) -> Option<usize> {
    let mut open = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if let Some(length) = skipped(&text[at..], text[..at].chars().next_back()) {
            at += length;
            continue;
        }
        if c == '{' {
            open.push(at);
        } else if c == '}' {
            let partner = open.pop()?;
            if at + 1 == text.len() {
                return Some(partner);
            }
        }
        at += c.len_utf8();
    }
    None
}

/// How long the comment, string or character is that stands here, if one does.
fn skipped(text: &str, before: Option<char>) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    if text.starts_with("/*") {
        return Some(text.find("*/").map_or(text.len(), |end| end + 2));
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    if !in_word && let Some(length) = raw_string(text) {
        return Some(length);
    }
    if text.starts_with('"') {
        return Some(quoted(text, '"'));
    }
    character(text)
}

/// `r"..."`, `r#"..."#`, `br"..."`.
fn raw_string(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('b').unwrap_or(text).strip_prefix('r')?;
    let marks = rest.len() - rest.trim_start_matches('#').len();
    let inner = rest[marks..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(marks));
    let begun = text.len() - inner.len();
    Some(
        inner
            .find(&end)
            .map_or(text.len(), |at| begun + at + end.len()),
    )
}

/// From quote to quote, past escaped ones.
fn quoted(text: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if c == quote && !escaped {
            return at + c.len_utf8();
        }
        escaped = c == '\\' && !escaped;
    }
    text.len()
}

/// `'x'` and `'\n'`; what begins like them and is a lifetime is none.
fn character(text: &str) -> Option<usize> {
    let inner = text.strip_prefix('\'')?;
    let first = inner.chars().next()?;
    if first == '\\' {
        return Some(quoted(text, '\''));
    }
    let closed = inner[first.len_utf8()..].starts_with('\'');
    closed.then(|| first.len_utf8() + 2)
}

#[cfg(test)]
mod tests {
    use super::partner_of_last;

    #[test]
    fn braces_that_are_text_do_not_count() {
        for (text, want) in [
            ("fn f() {}", Some(7)),
            ("{ { } }", Some(0)),
            ("f { // }\n}", Some(2)),
            ("f { /* } */ }", Some(2)),
            ("f { \"}\\\"}\" }", Some(2)),
            ("f { r#\"}\"}\"# }", Some(2)),
            ("f { br\"}\" }", Some(2)),
            ("f { '}' }", Some(2)),
            ("f { '\\'' }", Some(2)),
            ("f<'a>(x: &'a str) { }", Some(18)),
            ("f { xr\"{\" }", Some(2)),
            ("struct S;", None),
            ("}", None),
        ] {
            assert_eq!(partner_of_last(text), want, "{text}");
        }
    }
}
