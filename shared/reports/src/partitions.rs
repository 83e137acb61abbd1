//! Records put aside in a stream, by partition: how a million lines are joined without holding them.

use std::io::{self, Read, Seek, SeekFrom, Write};

/// How many partitions everything is split into. What is held at once is one of them.
pub(crate) const PARTITIONS: usize = 256;
/// Bytes that are held of each partition before they are written.
const SEGMENT: usize = 16 * 1024;

/// A temporary file, or memory.
pub trait Stream: Read + Write + Seek {}
impl<T: Read + Write + Seek> Stream for T {}

/// Makes a new, empty stream.
pub type NewStream = Box<dyn FnMut() -> io::Result<Box<dyn Stream>>>;

/// A set of records by partition.
pub(crate) struct Partitions {
    stream: Box<dyn Stream>,
    end: u64,
    held: Vec<Vec<u8>>,
    /// Of each partition: where its segments begin and how long they are.
    segments: Vec<Vec<(u64, usize)>>,
    records: u64,
}

impl Partitions {
    pub(crate) fn new(stream: Box<dyn Stream>) -> Self {
        Self {
            stream,
            end: 0,
            held: vec![Vec::new(); PARTITIONS],
            segments: vec![Vec::new(); PARTITIONS],
            records: 0,
        }
    }

    /// How many records there are.
    pub(crate) fn records(&self) -> u64 {
        self.records
    }

    /// Puts a record aside, made of two parts.
    pub(crate) fn put(&mut self, partition: usize, head: &[u8], body: &[u8]) -> io::Result<()> {
        let length = head.len() + body.len();
        if self.held[partition].len() + 4 + length > SEGMENT {
            self.write(partition)?;
        }
        let prefix = u32::try_from(length).map_err(|_| io::ErrorKind::InvalidInput)?;
        let held = &mut self.held[partition];
        held.extend_from_slice(&prefix.to_le_bytes());
        held.extend_from_slice(head);
        held.extend_from_slice(body);
        self.records += 1;
        Ok(())
    }

    fn write(&mut self, partition: usize) -> io::Result<()> {
        let held = &mut self.held[partition];
        if held.is_empty() {
            return Ok(());
        }
        self.stream.seek(SeekFrom::Start(self.end))?;
        self.stream.write_all(held)?;
        self.segments[partition].push((self.end, held.len()));
        self.end += held.len() as u64;
        held.clear();
        Ok(())
    }

    /// Gives every record of a partition, in the order in which they were put.
    pub(crate) fn each<E: From<io::Error>>(
        &mut self,
        partition: usize,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.write(partition)?;
        // Memory that no partition needs any more.
        self.held[partition] = Vec::new();
        let mut segment = Vec::new();
        for (start, length) in &self.segments[partition] {
            segment.resize(*length, 0);
            self.stream.seek(SeekFrom::Start(*start))?;
            self.stream.read_exact(&mut segment)?;
            let mut rest = segment.as_slice();
            while let Some((prefix, behind)) = rest.split_first_chunk::<4>() {
                let length = u32::from_le_bytes(*prefix) as usize;
                let (record, behind) = behind
                    .split_at_checked(length)
                    .ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
                take(record)?;
                rest = behind;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    #[test]
    fn every_record_comes_back_from_its_partition_in_order() {
        let mut set = Partitions::new(Box::new(Cursor::new(Vec::new())));
        let record = |n: usize| vec![u8::try_from(n % 251).unwrap(); n % 3000];
        for n in 0..2000 {
            set.put(n % 7, &n.to_le_bytes(), &record(n)).unwrap();
        }
        set.put(9, &[], &vec![1; 5 * SEGMENT]).unwrap();
        assert_eq!(set.records(), 2001);
        for partition in 0..7 {
            let mut next: usize = partition;
            let take = |found: &[u8]| {
                assert_eq!(found, [&next.to_le_bytes()[..], &record(next)].concat());
                next += 7;
                Ok::<_, io::Error>(())
            };
            set.each(partition, take).unwrap();
            assert!(next >= 2000, "{next}");
        }
        let mut long = 0;
        set.each(9, |found| {
            long = found.len();
            Ok::<_, io::Error>(())
        })
        .unwrap();
        assert_eq!(long, 5 * SEGMENT);
        set.each(8, |_| Err(io::Error::other("nothing is there")))
            .unwrap();
    }
}
