import type { CodegenConfig } from '@graphql-codegen/cli';

/**
 * Types of the schema, and beside every `.graphql` file the typed documents of its operations: what the server's schema
 * no longer has does not build.
 */
const config: CodegenConfig = {
  schema: '../schema/schema.graphql',
  documents: 'src/**/*.graphql',
  config: {
    enumsAsTypes: true,
    immutableTypes: true,
    useTypeImports: true,
    skipTypename: true,
    avoidOptionals: { field: true },
    strictScalars: true,
    dedupeFragments: true,
    // Decimal stays text: money is never a float.
    scalars: {
      UUID: 'string',
      Decimal: 'string',
      Date: 'string',
      DateTime: 'string',
      CurrencyCode: 'string',
      JSON: 'unknown',
    },
  },
  generates: {
    'src/api/schema.generated.ts': { plugins: ['typescript'] },
    'src/': {
      preset: 'near-operation-file',
      presetConfig: { extension: '.generated.ts', baseTypesPath: 'api/schema.generated.ts' },
      plugins: ['typescript-operations', 'typed-document-node'],
    },
  },
};

export default config;
