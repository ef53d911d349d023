//! One-page PDF documents (ISO 32000-1): a heading and a few lines in Helvetica.

use std::fmt::Write;

pub(super) const MEDIA_TYPE: &str = "application/pdf";

/// Writes a document. Characters outside WinAnsi (Latin-1 here) become question marks.
pub(super) fn write(title: &str, from: &str, lines: &[&str]) -> Vec<u8> {
    let mut content = Vec::new();
    let mut line = |size: u8, y: u16, text: &str| {
        content.extend_from_slice(format!("BT /F1 {size} Tf 72 {y} Td (").as_bytes());
        content.extend_from_slice(&literal(text));
        content.extend_from_slice(b") Tj ET\n");
    };
    line(18, 760, title);
    line(11, 732, from);
    for (text, y) in lines.iter().zip((100..=690).rev().step_by(18)) {
        line(11, y, text);
    }
    let mut stream = format!("<< /Length {} >>\nstream\n", content.len()).into_bytes();
    stream.extend_from_slice(&content);
    stream.extend_from_slice(b"endstream");
    assemble(&[
        b"<< /Type /Catalog /Pages 2 0 R /Lang (nb-NO) >>".to_vec(),
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_vec(),
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>"
            .to_vec(),
        stream,
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>".to_vec(),
    ])
}

/// The inside of a literal string.
fn literal(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for c in text.chars() {
        match c {
            '(' | ')' | '\\' => out.extend([b'\\', c as u8]),
            // Windows-1252 has the dash elsewhere.
            '–' => out.push(0x96),
            _ => out.push(u8::try_from(u32::from(c)).unwrap_or(b'?')),
        }
    }
    out
}

/// Objects numbered from one, cross-reference table and trailer. The first is the catalogue.
fn assemble(objects: &[Vec<u8>]) -> Vec<u8> {
    // The second line tells transfer programs that the file is binary (7.5.2).
    let mut out = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut table = String::from("0000000000 65535 f \n");
    for (index, object) in objects.iter().enumerate() {
        let _ = writeln!(table, "{:010} 00000 n ", out.len());
        out.extend_from_slice(format!("{} 0 obj\n", index + 1).as_bytes());
        out.extend_from_slice(object);
        out.extend_from_slice(b"\nendobj\n");
    }
    let start = out.len();
    let count = objects.len() + 1;
    out.extend_from_slice(format!("xref\n0 {count}\n{table}trailer\n<< /Size {count} /Root 1 0 R >>\n").as_bytes());
    out.extend_from_slice(format!("startxref\n{start}\n%%EOF\n").as_bytes());
    out
}

#[cfg(test)]
mod tests {
    use super::write;

    #[test]
    fn every_cross_reference_points_at_its_object() {
        let pdf = write("Svar på (alt)", "Svaretaten", &["Æ Ø Å – prøve", "😀"]);
        let text: String = pdf.iter().map(|byte| char::from(*byte)).collect();
        let start: usize = text.rsplit("startxref\n").next().unwrap().lines().next().unwrap().parse().unwrap();
        assert!(text[..].chars().skip(start).collect::<String>().starts_with("xref"));
        let table: Vec<&str> = text.split("xref\n0 6\n").nth(1).unwrap().lines().take(6).collect();
        for (number, row) in table.iter().enumerate().skip(1) {
            let offset: usize = row[..10].parse().unwrap();
            assert!(pdf[offset..].starts_with(format!("{number} 0 obj").as_bytes()));
        }
        assert!(text.contains("\\(alt\\)"));
    }
}
