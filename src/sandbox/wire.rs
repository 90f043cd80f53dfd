//! How values cross a socket or lie in a file: numbers in little-endian 64 bits, bytes behind
//! their length. Both ends are this same program, so there is no version in it.

use bstr::BString;
use std::io::{self, Read, Write};

/// The longest message. The contents of files are no part of one.
const LONGEST: u64 = 64 << 20;

/// Puts values behind each other.
#[derive(Default)]
pub struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    pub fn number(&mut self, number: impl Into<u64>) -> &mut Self {
        self.bytes.extend_from_slice(&number.into().to_le_bytes());
        self
    }

    pub fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.number(bytes.len() as u64);
        self.bytes.extend_from_slice(bytes);
        self
    }

    /// A list, of which `each` writes an item.
    pub fn list<T>(&mut self, items: &[T], mut each: impl FnMut(&mut Self, &T)) -> &mut Self {
        self.number(items.len() as u64);
        for item in items {
            each(self, item);
        }
        self
    }

    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    /// Sends it as one message.
    pub fn send(self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(&(self.bytes.len() as u64).to_le_bytes())?;
        out.write_all(&self.bytes)
    }
}

/// Takes values apart again. Whatever is garbled is an error, never a panic.
pub struct Decoder<'a> {
    rest: &'a [u8],
}

fn garbled() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "garbled message")
}

impl<'a> Decoder<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Decoder { rest: bytes }
    }

    fn take(&mut self, count: usize) -> io::Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count).ok_or_else(garbled)?;
        self.rest = rest;
        Ok(taken)
    }

    pub fn number<T: TryFrom<u64>>(&mut self) -> io::Result<T> {
        let bytes = self.take(8)?.try_into().map_err(|_| garbled())?;
        T::try_from(u64::from_le_bytes(bytes)).map_err(|_| garbled())
    }

    pub fn flag(&mut self) -> io::Result<bool> {
        Ok(self.number::<u64>()? != 0)
    }

    pub fn bytes(&mut self) -> io::Result<BString> {
        let count = self.number()?;
        self.take(count).map(BString::from)
    }

    pub fn list<T>(
        &mut self,
        mut each: impl FnMut(&mut Self) -> io::Result<T>,
    ) -> io::Result<Vec<T>> {
        let count: usize = self.number()?;
        // An item takes a byte at least, so a wrong count ends soon.
        (0..count).map(|_| each(self)).collect()
    }
}

/// Receives one message; `None` when the other side is gone.
pub fn receive(input: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 8];
    match input.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if is_gone(&error) => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u64::from_le_bytes(length);
    if length > LONGEST {
        return Err(garbled());
    }
    let mut bytes = vec![0; length as usize];
    input.read_exact(&mut bytes)?;
    Ok(Some(bytes))
}

/// Whether an error says that nobody is at the other end any more.
pub fn is_gone(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::ConnectionAborted
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back() {
        let mut encoder = Encoder::default();
        encoder.number(7u32).bytes(b"abc");
        encoder.list(&[1u64, 2], |e, n| {
            e.number(*n);
        });
        let mut socket = Vec::new();
        encoder.send(&mut socket).unwrap();
        let message = receive(&mut socket.as_slice()).unwrap().unwrap();
        let mut decoder = Decoder::new(&message);
        assert_eq!(decoder.number::<u32>().unwrap(), 7);
        assert_eq!(decoder.bytes().unwrap(), "abc");
        assert_eq!(decoder.list(|d| d.number::<u8>()).unwrap(), [1, 2]);
        assert!(decoder.number::<u64>().is_err());
        assert!(receive(&mut &b""[..]).unwrap().is_none());
    }

    #[test]
    fn what_is_garbled_is_an_error() {
        assert!(receive(&mut &[0xff; 8][..]).is_err());
        let mut encoder = Encoder::default();
        encoder.number(u64::MAX);
        let bytes = encoder.finish();
        assert!(Decoder::new(&bytes).bytes().is_err());
        assert!(Decoder::new(&bytes).number::<u32>().is_err());
        assert!(Decoder::new(&bytes).list(|d| d.bytes()).is_err());
    }
}
