import { Paper } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Empty } from './Empty';
import classes from './Table.module.css';

export interface Column<Row> {
  key: string;
  header: string;
  cell: (row: Row) => ReactNode;
  /** Amounts stand at the right. */
  end?: boolean;
  /** Dates and numbers stay on one line. */
  nowrap?: boolean;
  /**
   * Its place where the screen is narrow and a row becomes a card: the first line, beside it, below (with its header), or
   * below as a button (which says itself what it does). Default: below.
   */
  narrow?: 'title' | 'amount' | 'below' | 'action' | 'hidden';
}

/**
 * Rows in a table; on a narrow screen each is a card. With `href`, the first column's content is a link, and the whole row
 * follows it. `leading` puts a control, such as a check box, before the row.
 */
export function Table<Row>(props: {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  rowKey: (row: Row) => string;
  href?: (row: Row) => string | null;
  leading?: { header: string; cell: (row: Row) => ReactNode };
  empty: ReactNode;
}) {
  if (props.rows.length === 0) {
    return typeof props.empty === 'string' ? <Empty text={props.empty} /> : props.empty;
  }
  return (
    <Paper withBorder className={classes.frame}>
      {/* biome-ignore-start lint/a11y/noRedundantRoles: a table laid out as cards loses its roles without them */}
      <table role="table" aria-label={props.label} className={classes.table}>
        <thead role="rowgroup">
          <tr role="row">
            {props.leading && (
              <th role="columnheader" scope="col" className={classes.leading}>
                <span className="sr-only">{props.leading.header}</span>
              </th>
            )}
            {props.columns.map((column) => (
              <th key={column.key} role="columnheader" scope="col" data-end={column.end || undefined}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {props.rows.map((row) => {
            const href = props.href?.(row) ?? null;
            return (
              <tr
                role="row"
                key={props.rowKey(row)}
                data-linked={href !== null || undefined}
                data-leading={!!props.leading || undefined}
              >
                {props.leading && (
                  <td role="cell" className={classes.leading}>
                    {props.leading.cell(row)}
                  </td>
                )}
                {props.columns.map((column, at) => (
                  <td
                    role="cell"
                    key={column.key}
                    data-end={column.end || undefined}
                    data-nowrap={column.nowrap || undefined}
                    data-narrow={column.narrow ?? (at === 0 ? 'title' : 'below')}
                    data-header={column.header}
                  >
                    {at === 0 && href ? (
                      <Link to={href} className={classes.link}>
                        {column.cell(row)}
                      </Link>
                    ) : (
                      column.cell(row)
                    )}
                  </td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
      {/* biome-ignore-end lint/a11y/noRedundantRoles: see above */}
    </Paper>
  );
}
