import { Anchor, Box, Group, Stack, Text, Title } from '@mantine/core';
import { ArrowLeft } from 'lucide-react';
import { type ReactNode, useEffect, useRef } from 'react';
import { Link, useLocation } from 'react-router';
import { boot } from '../app/boot';
import { backToList } from './listAddress';
import classes from './Page.module.css';

/** Whether another page was opened since the portal was: the first one is announced by the browser itself. */
const firstKey: unknown = history.state?.key ?? 'default';
let isAfterTheFirst = false;

/**
 * A page: its heading, what can be done there, and its content. The heading takes the focus when the page is opened from
 * another one, so that a screen reader says where one is and the keyboard goes on from there.
 */
export function Page(props: {
  title: string;
  /** Beside the title: a state, for instance. */
  aside?: ReactNode;
  /** Below the title, in small letters. */
  subtitle?: ReactNode;
  actions?: ReactNode;
  back?: { to: string; label: string };
  /** What the page is, where it has several addresses: going between them leaves the focus where it is. */
  place?: string;
  children: ReactNode;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  const { pathname, search, key } = useLocation();
  // The next page of a list begins at its top, as another page does.
  const place = `${props.place ?? pathname} ${new URLSearchParams(search).get('after') ?? ''}`;
  useEffect(() => {
    document.title = `${props.title} · ${boot.organisation?.name ?? 'Billing'}`;
  }, [props.title]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a page that is opened, not one that is rendered again
  useEffect(() => {
    isAfterTheFirst ||= key !== firstKey;
    if (isAfterTheFirst) heading.current?.focus({ preventScroll: true });
  }, [place]);
  return (
    <Stack gap="lg" component="article">
      <Box className={classes.head} data-print="hide">
        <Stack gap={4} miw={0}>
          {props.back && (
            <Anchor component={Link} to={backToList(props.back.to)} size="sm" className={classes.back}>
              <ArrowLeft size={14} aria-hidden /> {props.back.label}
            </Anchor>
          )}
          <Group gap="sm" align="center">
            <Title order={1} ref={heading} tabIndex={-1} className={classes.title}>
              {props.title}
            </Title>
            {props.aside}
          </Group>
          {props.subtitle && (
            <Text c="dimmed" size="sm" component="div">
              {props.subtitle}
            </Text>
          )}
        </Stack>
        {props.actions && <Group gap="xs">{props.actions}</Group>}
      </Box>
      {props.children}
    </Stack>
  );
}
