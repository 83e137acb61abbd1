//! Streams that give out only so much: for one item, and in all.

use std::io::{self, BufRead, Read};

/// A stream with a limit for each item and one for everything. The error it ends with is told apart from others by
/// [`Rationed::is_spent`].
pub(super) struct Rationed<R> {
    inner: R,
    each: usize,
    left: usize,
    all_left: u64,
}

impl<R> Rationed<R> {
    pub(super) fn new(inner: R, each: usize, all: u64) -> Self {
        Self {
            inner,
            each,
            left: each,
            all_left: all,
        }
    }

    /// The next item begins.
    pub(super) fn renew(&mut self) {
        self.left = self.each;
    }

    /// Whether a limit is reached: of the item, or of everything.
    pub(super) fn is_spent(&self) -> bool {
        self.left == 0 || self.all_left == 0
    }

    /// Whether the limit for everything is.
    pub(super) fn is_spent_in_all(&self) -> bool {
        self.all_left == 0
    }

    fn most(&self) -> io::Result<usize> {
        match self.is_spent() {
            true => Err(io::Error::other("more than is read")),
            false => Ok(usize::try_from(self.all_left).map_or(self.left, |all| all.min(self.left))),
        }
    }

    fn spend(&mut self, bytes: usize) {
        self.left -= bytes;
        self.all_left -= bytes as u64;
    }
}

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = self.most()?.min(buffer.len());
        let read = self.inner.read(&mut buffer[..most])?;
        self.spend(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Rationed<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let most = self.most()?;
        let buffer = self.inner.fill_buf()?;
        Ok(&buffer[..most.min(buffer.len())])
    }

    fn consume(&mut self, amount: usize) {
        self.inner.consume(amount);
        self.spend(amount);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_and_all_of_them_end_at_their_limits() {
        let mut stream = Rationed::new(&[7_u8; 100][..], 40, 60);
        let mut buffer = [0; 64];
        assert_eq!(stream.read(&mut buffer).unwrap(), 40);
        assert!(stream.is_spent() && !stream.is_spent_in_all());
        assert!(stream.read(&mut buffer).is_err());
        stream.renew();
        assert_eq!(stream.fill_buf().unwrap().len(), 20);
        stream.consume(20);
        assert!(stream.is_spent_in_all() && stream.fill_buf().is_err());
    }
}
