//! base58btc, as Multikeys and proofs are written in. What the bytes are is said where they are read.

const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// The work grows with the square of the length; nothing that we read is longer.
const LONGEST: usize = 128;

pub(crate) fn encode(bytes: &[u8]) -> String {
    // The digits from the last one on.
    let mut digits: Vec<u8> = Vec::new();
    for byte in bytes {
        let mut carry = u32::from(*byte);
        for digit in &mut digits {
            carry += u32::from(*digit) * 256;
            *digit = u8::try_from(carry % 58).unwrap_or_default();
            carry /= 58;
        }
        while carry > 0 {
            digits.push(u8::try_from(carry % 58).unwrap_or_default());
            carry /= 58;
        }
    }
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    let digits = digits
        .iter()
        .rev()
        .filter_map(|digit| ALPHABET.get(usize::from(*digit)));
    std::iter::repeat_n(&b'1', zeros)
        .chain(digits)
        .map(|digit| char::from(*digit))
        .collect()
}

/// Each sequence of bytes has one spelling, and each spelling is of one sequence.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    if text.len() > LONGEST {
        return None;
    }
    // The bytes from the last one on.
    let mut bytes: Vec<u8> = Vec::new();
    for digit in text.bytes() {
        let value = ALPHABET.iter().position(|of| *of == digit)?;
        let mut carry = u32::try_from(value).ok()?;
        for byte in &mut bytes {
            carry += u32::from(*byte) * 58;
            *byte = u8::try_from(carry % 256).ok()?;
            carry /= 256;
        }
        while carry > 0 {
            bytes.push(u8::try_from(carry % 256).ok()?);
            carry /= 256;
        }
    }
    let zeros = text.bytes().take_while(|digit| *digit == b'1').count();
    bytes.extend(std::iter::repeat_n(0, zeros));
    bytes.reverse();
    Some(bytes)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    /// The examples of draft-msporny-base58-03, section 5.
    #[test]
    fn the_examples_of_the_draft() {
        for (bytes, text) in [
            (&b"Hello World!"[..], "2NEpo7TZRRrLZSi2U"),
            (
                b"The quick brown fox jumps over the lazy dog.",
                "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
            ),
            (&[0, 0, 0x28, 0x7f, 0xb4, 0xcd], "11233QC4"),
        ] {
            assert_eq!(encode(bytes), text);
            assert_eq!(decode(text).unwrap(), bytes);
        }
    }

    #[test]
    fn what_is_no_base58_is_refused() {
        for bad in ["0", "O", "I", "l", "2NE po", "é", &"2".repeat(129)] {
            assert_eq!(decode(bad), None, "{bad}");
        }
        assert_eq!(decode("").unwrap(), b"");
    }

    proptest! {
        #[test]
        fn there_and_back(bytes in proptest::collection::vec(any::<u8>(), 0..70)) {
            prop_assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        }
    }
}
