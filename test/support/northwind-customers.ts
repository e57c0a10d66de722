import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'csv-parse/sync';

export interface CustomerRow {
  readonly customerID: string;
  readonly companyName: string;
  readonly contactName: string;
  readonly address: string;
  readonly city: string;
  readonly country: string;
  readonly phone: string;
  readonly fax: string;
}

/** 91 customers: those of the Northwind sample in the folder `NORTHWIND` if that is set, else made ones of the same shape. */
export function customerRows(): readonly CustomerRow[] {
  const folder = process.env['NORTHWIND'];
  if (folder === undefined) return Array.from({ length: 91 }, (_, index) => madeRow(index));
  const file = `${folder}/customers.csv`;
  if (!existsSync(file)) throw new Error(`There is no ${file}.`);
  const lines: string[][] = parse(readFileSync(file), { bom: true, from: 2, relax_column_count: true });
  return lines.map(([customerID = '', companyName = '', contactName = '', , ...more]) => {
    const [city = '', , , country = '', phone = '', fax = ''] = more.slice(-6);
    // Its addresses hold commas, and are not quoted.
    const address = more.slice(0, -6).join(',');
    return { customerID, companyName, contactName, address, city, country, phone, fax };
  });
}

function madeRow(index: number): CustomerRow {
  const mark = `${index}`.padStart(3, '0');
  return {
    customerID: `C${mark}`,
    companyName: `Compañía ${mark} & Söhne`,
    contactName: `Zoë Quast-${mark}`,
    address: `Straße des ${mark}. Mai 7`,
    city: index % 2 === 0 ? 'Berlin' : 'México D.F.',
    country: 'DE',
    phone: `(5) 555-4${mark}`,
    fax: index % 3 === 0 ? 'NULL' : `030-00${mark}45`,
  };
}
