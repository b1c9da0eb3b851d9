//! Looks through a picture's structure without decoding it: whether a JPEG is there to its end (the
//! decoder forgives what is missing, with grey), and how many frames a GIF has.

/// Whether a JPEG reaches its end marker. Bytes behind it do not matter.
pub(super) fn jpeg_is_whole(bytes: &[u8]) -> bool {
    let mut at = 2;
    loop {
        let Some(&[0xff, marker]) = bytes.get(at..at + 2).and_then(|b| b.first_chunk()) else {
            return false;
        };
        at += 2;
        match marker {
            0xd9 => return true,
            // A fill byte: the marker is still to come.
            0xff => at -= 1,
            // Markers without a body.
            0x01 | 0xd0..=0xd7 => {}
            _ => {
                let Some(length) = bytes.get(at..at + 2).and_then(|b| b.first_chunk()) else {
                    return false;
                };
                at += usize::from(u16::from_be_bytes(*length)).max(2);
                if marker == 0xda {
                    at += entropy_coded(bytes.get(at..).unwrap_or_default());
                }
            }
        }
    }
}

/// The length of picture data up to the next marker that is not part of it.
fn entropy_coded(bytes: &[u8]) -> usize {
    let ends = |pair: &[u8]| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7);
    bytes.windows(2).position(ends).unwrap_or(bytes.len())
}

/// How many frames a GIF has, counted up to `enough`, and whether all of them are there.
pub(super) fn gif_frames(bytes: &[u8], enough: usize) -> (usize, bool) {
    let mut frames = 0;
    let mut reader = Reader { bytes, at: 10 };
    let whole = count(&mut reader, &mut frames, enough).is_some();
    (frames, whole)
}

fn count(reader: &mut Reader<'_>, frames: &mut usize, enough: usize) -> Option<()> {
    let flags = reader.byte()?;
    reader.skip(2)?;
    reader.colours(flags)?;
    loop {
        match reader.byte()? {
            0x3b => return Some(()),
            0x21 => {
                reader.skip(1)?;
                reader.blocks()?;
            }
            0x2c => {
                reader.skip(8)?;
                let flags = reader.byte()?;
                reader.colours(flags)?;
                reader.skip(1)?;
                reader.blocks()?;
                *frames += 1;
                if *frames >= enough {
                    return Some(());
                }
            }
            _ => return None,
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.at)?;
        self.at += 1;
        Some(byte)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.at += count;
        (self.at <= self.bytes.len()).then_some(())
    }

    /// Skips a table of colours, if the flags announce one.
    fn colours(&mut self, flags: u8) -> Option<()> {
        if flags & 0x80 == 0 { Some(()) } else { self.skip(3 << ((flags & 7) + 1)) }
    }

    /// Skips blocks up to the empty one.
    fn blocks(&mut self) -> Option<()> {
        loop {
            match self.byte()? {
                0 => return Some(()),
                length => self.skip(usize::from(length))?,
            }
        }
    }
}
