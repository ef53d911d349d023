#![no_main]

konvolutt_fuzz::target!(konvolutt_fuzz::check::channels::svarut, konvolutt_fuzz::mutate::shipment);
