//! As much DER as an RSA public key needs: ring takes its two numbers, files hold them wrapped once or twice.

/// The numbers of an RSA public key, big-endian without leading zeros.
pub(crate) struct PublicNumbers {
    pub(crate) modulus: Vec<u8>,
    pub(crate) exponent: Vec<u8>,
}

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_ID: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// 1.2.840.113549.1.1.1, rsaEncryption.
const RSA_ENCRYPTION: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn is_next(&self, tag: u8) -> bool {
        self.0.first() == Some(&tag)
    }

    /// The content of the next element, if it has this tag.
    fn take(&mut self, tag: u8) -> Option<&'a [u8]> {
        let (&found, rest) = self.0.split_first()?;
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            // One or two bytes of length are enough for keys up to 64 KiB.
            0x81 | 0x82 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length = bytes.iter().fold(0, |n, byte| n * 256 + usize::from(*byte));
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (found == tag).then_some(content)
    }

    /// A positive whole number without the zero that keeps its sign.
    fn take_number(&mut self) -> Option<Vec<u8>> {
        let content = self.take(INTEGER)?;
        let digits = content.strip_prefix(&[0]).unwrap_or(content);
        (!digits.is_empty() && digits[0] != 0).then(|| digits.to_vec())
    }
}

/// The only element of `der`, which must be a sequence.
fn whole_sequence(der: &[u8]) -> Option<Reader<'_>> {
    let mut outer = Reader(der);
    let content = outer.take(SEQUENCE)?;
    outer.0.is_empty().then_some(Reader(content))
}

/// Reads a public key as X.509 (SubjectPublicKeyInfo) or PKCS#1 (RSAPublicKey) writes it.
pub(crate) fn public_numbers(der: &[u8]) -> Option<PublicNumbers> {
    let mut body = whole_sequence(der)?;
    if body.is_next(INTEGER) {
        let modulus = body.take_number()?;
        let exponent = body.take_number()?;
        return body
            .0
            .is_empty()
            .then_some(PublicNumbers { modulus, exponent });
    }
    let mut algorithm = Reader(body.take(SEQUENCE)?);
    if algorithm.take(OBJECT_ID)? != RSA_ENCRYPTION {
        return None;
    }
    let bits = body.take(BIT_STRING)?;
    let inner = bits.strip_prefix(&[0])?;
    // What is wrapped is PKCS#1, never wrapped again.
    let unwrapped = body.0.is_empty() && whole_sequence(inner)?.is_next(INTEGER);
    unwrapped.then(|| public_numbers(inner)).flatten()
}

/// Whether a private key is PKCS#8 (an algorithm after the version) and not PKCS#1 (the modulus after the version).
/// `None` if it is neither.
pub(crate) fn is_pkcs8(der: &[u8]) -> Option<bool> {
    let mut body = whole_sequence(der)?;
    body.take(INTEGER)?;
    match *body.0.first()? {
        SEQUENCE => Some(true),
        INTEGER => Some(false),
        _ => None,
    }
}
