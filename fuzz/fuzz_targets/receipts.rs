#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::documents::receipts, konvolutt_fuzz::mutate::text);
