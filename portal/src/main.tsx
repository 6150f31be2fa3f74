// Everything of weight, styles too, is behind this import: until it is there the browser shows the bare first page.
void import('./app/start').then(({ start }) => start());
