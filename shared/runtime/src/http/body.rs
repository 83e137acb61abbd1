//! The body of a request: it may hold a card, so that it is wiped.

use std::fmt;
use std::ops::{Deref, DerefMut};
use zeroize::Zeroizing;

/// A request's body in exact bytes, wiped when dropped. `Debug` shows its length alone.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Body(Zeroizing<Vec<u8>>);

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl DerefMut for Body {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        text.into_bytes().into()
    }
}

impl From<&[u8]> for Body {
    fn from(bytes: &[u8]) -> Self {
        bytes.to_vec().into()
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        text.as_bytes().into()
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_kept_exactly_and_not_shown() {
        let bytes = [0_u8, 255, 13, 10];
        assert_eq!(*Body::from(&bytes[..]), bytes);
        assert_eq!(Body::from("card"), Body::from("card".to_owned()));
        assert_eq!(format!("{:?}", Body::from("secret")), "Body(6 bytes)");
    }

    #[test]
    fn a_text_becomes_a_body_without_a_copy_that_stays_behind() {
        let text = String::from("4111111111111111");
        let place = text.as_ptr();
        assert_eq!(Body::from(text).as_ptr(), place);
    }
}
