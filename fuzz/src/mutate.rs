//! Changing inputs. libFuzzer's own changes to raw bytes seldom survive a length field or a checksum; these take the
//! format apart, change a part, and write it anew with lengths and checksums that fit, most of the time.

mod ber;
mod text;
mod zip;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// libFuzzer's own mutator: buffer, bytes used, bytes that may be used; answers the new size.
pub type Raw = fn(&mut [u8], usize, usize) -> usize;

/// Small random numbers from libFuzzer's seed (xorshift64*), so that a run can be repeated.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u32) -> Self {
        Self(u64::from(seed) << 16 | 0x9E37)
    }

    /// A number below `sides`; 0 when there are none.
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33;
        if sides == 0 { 0 } else { number as usize % sides }
    }

    /// One of some things.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.roll(from.len()))
    }
}

/// A change by libFuzzer of bytes that may grow a little.
pub(crate) fn raw_change(bytes: &mut Vec<u8>, raw: Raw) {
    let size = bytes.len();
    let room = size + 64;
    bytes.resize(room, 0);
    let changed = raw(bytes, size, room);
    bytes.truncate(changed);
}

/// Runs a mutator that answers `None` when it can do nothing with the bytes, or too many come out; then, and one time
/// in six anyway, libFuzzer's own is used.
fn run(
    data: &mut [u8],
    size: usize,
    max_size: usize,
    seed: u32,
    raw: Raw,
    change: impl FnOnce(&[u8], &mut Dice) -> Option<Vec<u8>>,
) -> usize {
    let mut dice = Dice::new(seed);
    if dice.roll(6) > 0
        && let Some(changed) = change(&data[..size], &mut dice)
        && changed.len() <= max_size
        && let Some(place) = data.get_mut(..changed.len())
    {
        place.copy_from_slice(&changed);
        return changed.len();
    }
    raw(data, size, max_size)
}

/// BER and DER.
pub fn ber(data: &mut [u8], size: usize, max_size: usize, seed: u32, raw: Raw) -> usize {
    run(data, size, max_size, seed, raw, |bytes, dice| ber::change(bytes, dice, raw))
}

/// One byte that chooses something, then BER.
pub fn ber_after_choice(data: &mut [u8], size: usize, max_size: usize, seed: u32, raw: Raw) -> usize {
    behind(1, data, size, max_size, seed, raw)
}

/// Sizes of pieces as [`crate::check::cms::cms`] reads them, then BER.
pub fn ber_after_sizes(data: &mut [u8], size: usize, max_size: usize, seed: u32, raw: Raw) -> usize {
    let head = data[..size].first().map_or(0, |first| 1 + usize::from(first % 8));
    behind(head, data, size, max_size, seed, raw)
}

fn behind(head: usize, data: &mut [u8], size: usize, max_size: usize, seed: u32, raw: Raw) -> usize {
    run(data, size, max_size, seed, raw, |bytes, dice| {
        let (head, rest) = bytes.split_at_checked(head)?;
        Some([head, &ber::change(rest, dice, raw)?].concat())
    })
}

/// XML and JSON.
pub fn text(data: &mut [u8], size: usize, max_size: usize, seed: u32, raw: Raw) -> usize {
    run(data, size, max_size, seed, raw, |bytes, dice| text::change(bytes, dice, raw))
}

/// A zip, the files in it included.
pub fn zip(data: &mut [u8], size: usize, max_size: usize, seed: u32, raw: Raw) -> usize {
    run(data, size, max_size, seed, raw, |bytes, dice| zip::change(bytes, dice, raw))
}

/// Compact JWS: the JSON in its parts.
pub fn jws(data: &mut [u8], size: usize, max_size: usize, seed: u32, raw: Raw) -> usize {
    run(data, size, max_size, seed, raw, |bytes, dice| change_jws(bytes, dice, raw))
}

/// One byte, then a JWS or JSON: what [`crate::check::jose::envelope`] and [`crate::check::jose::address`] take.
pub fn tagged_json(data: &mut [u8], size: usize, max_size: usize, seed: u32, raw: Raw) -> usize {
    run(data, size, max_size, seed, raw, |bytes, dice| {
        let (head, rest) = bytes.split_at_checked(1)?;
        let changed =
            if rest.first() == Some(&b'{') { text::change(rest, dice, raw)? } else { change_jws(rest, dice, raw)? };
        Some([head, &changed].concat())
    })
}

/// A line of JSON, then a zip: what [`crate::check::channels::svarut`] takes.
pub fn shipment(data: &mut [u8], size: usize, max_size: usize, seed: u32, raw: Raw) -> usize {
    run(data, size, max_size, seed, raw, |bytes, dice| {
        let (line, rest) = bytes.split_at_checked(bytes.iter().position(|byte| *byte == b'\n')?)?;
        if dice.roll(2) == 0 {
            return Some([&text::change(line, dice, raw)?, rest].concat());
        }
        Some([line, b"\n", &zip::change(&rest[1..], dice, raw)?].concat())
    })
}

/// Whatever the bytes look like.
pub fn any(data: &mut [u8], size: usize, max_size: usize, seed: u32, raw: Raw) -> usize {
    run(data, size, max_size, seed, raw, |bytes, dice| match bytes.first()? {
        b'P' => zip::change(bytes, dice, raw),
        0x30 => ber::change(bytes, dice, raw),
        b'e' => change_jws(bytes, dice, raw),
        _ => text::change(bytes, dice, raw),
    })
}

fn change_jws(bytes: &[u8], dice: &mut Dice, raw: Raw) -> Option<Vec<u8>> {
    let mut parts: Vec<String> = std::str::from_utf8(bytes).ok()?.split('.').map(str::to_owned).collect();
    let chosen = dice.roll(parts.len());
    let part = parts.get_mut(chosen)?;
    let mut decoded = URL_SAFE_NO_PAD.decode(&*part).ok()?;
    if chosen < 2 {
        decoded = text::change(&decoded, dice, raw)?;
    } else {
        raw_change(&mut decoded, raw);
    }
    *part = URL_SAFE_NO_PAD.encode(decoded);
    Some(parts.join(".").into_bytes())
}
