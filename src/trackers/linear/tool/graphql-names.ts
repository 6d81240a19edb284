/** What reading a call takes of GraphQL's own module, by name: imported whole and late, a CommonJS package loses its names in the bundle. */
export { GraphQLError, Kind, OperationTypeNode, parse, print, visit } from 'graphql';
