//! GBK turned into UTF-8, for those who say that a file is written in it.

use encoding_rs::{Decoder, DecoderResult, GB18030};
use std::io::{self, Read};

/// Bytes that are decoded at once.
const BLOCK: usize = 16 * 1024;

/// A stream of GBK text as UTF-8. Bytes that are no GBK are an error of the kind [`io::ErrorKind::InvalidData`].
pub(super) struct Decoded<R> {
    inner: R,
    decoder: Decoder,
    block: Vec<u8>,
    text: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Decoded<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            decoder: GB18030.new_decoder_without_bom_handling(),
            block: vec![0; BLOCK],
            text: Vec::new(),
            given: 0,
            ended: false,
        }
    }

    /// Decodes the next block.
    fn refill(&mut self) -> io::Result<()> {
        let read = self.inner.read(&mut self.block)?;
        self.ended = read == 0;
        let most = self
            .decoder
            .max_utf8_buffer_length_without_replacement(read);
        self.text.resize(most.unwrap_or(4 * BLOCK), 0);
        let block = &self.block[..read];
        let (result, _, written) =
            self.decoder
                .decode_to_utf8_without_replacement(block, &mut self.text, self.ended);
        self.text.truncate(written);
        self.given = 0;
        match result {
            DecoderResult::InputEmpty => Ok(()),
            DecoderResult::Malformed(..) | DecoderResult::OutputFull => {
                Err(io::ErrorKind::InvalidData.into())
            }
        }
    }
}

impl<R: Read> Read for Decoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.ended {
            self.refill()?;
        }
        let left = &self.text[self.given..];
        let given = left.len().min(buffer.len());
        buffer[..given].copy_from_slice(&left[..given]);
        self.given += given;
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> io::Result<String> {
        let mut text = String::new();
        Decoded::new(bytes).read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn gbk_is_read_and_what_is_none_is_an_error() {
        let (gbk, _, _) = GB18030.encode("交易,支付\n€\n");
        assert_eq!(decoded(&gbk).unwrap(), "交易,支付\n€\n");
        let long = "交易".repeat(30_000);
        let (gbk, _, _) = GB18030.encode(&long);
        assert_eq!(decoded(&gbk).unwrap(), long);
        assert_eq!(decoded(b"").unwrap(), "");
        for wrong in [&b"\xff\xff"[..], b"abc\x81"] {
            let error = decoded(wrong).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        }
    }
}
