/**
 * Which members gqlparser's structs have when encoding/json reads them, and of what type: a struct by its name, `[]` for
 * a list of something. Embedded definitions too: what an object says of them stands in the result again.
 */
export interface Shape {
  /** Names count as written, as in gqlparser's own UnmarshalJSON; encoding/json ignores case. */
  readonly exact: boolean;
  readonly members: ReadonlyMap<string, string>;
  /** The members' names by what `foldName` makes of them, or as they are where they count as written. */
  readonly lookup: ReadonlyMap<string, string>;
}

/** As encoding/json folds names: the Kelvin sign is a k, the long s an s. */
export function foldName(name: string): string {
  return name.toLowerCase().replaceAll('\u017f', 's');
}

const DESCRIBED =
  'Description:string BeforeDescriptionComment:CommentGroup AfterDescriptionComment:CommentGroup';

function shape(text: string, exact: boolean = false): Shape {
  const members = new Map(text.split(' ').map((member) => member.split(':') as [string, string]));
  const lookup = new Map(Array.from(members.keys(), (name) => [exact ? name : foldName(name), name]));
  return { exact, members, lookup };
}

function exactShape(text: string): Shape {
  return shape(text, true);
}

export const SHAPES: ReadonlyMap<string, Shape> = new Map([
  [
    'QueryDocument',
    shape('Operations:[]OperationDefinition Fragments:[]FragmentDefinition Comment:CommentGroup'),
  ],
  [
    'OperationDefinition',
    exactShape(
      'Operation:string Name:string VariableDefinitions:[]VariableDefinition Directives:[]Directive SelectionSet:Selections ' +
        'Position:Position',
    ),
  ],
  [
    'VariableDefinition',
    shape(
      'Variable:string Type:Type DefaultValue:Value Directives:[]Directive Comment:CommentGroup Definition:Definition Used:bool',
    ),
  ],
  [
    'Field',
    exactShape(
      'Alias:string Name:string Arguments:[]Argument Directives:[]Directive SelectionSet:Selections Position:Position ' +
        'Definition:FieldDefinition ObjectDefinition:Definition',
    ),
  ],
  [
    'FragmentSpread',
    shape(
      'Name:string Directives:[]Directive ObjectDefinition:Definition Definition:FragmentDefinition Comment:CommentGroup',
    ),
  ],
  [
    'InlineFragment',
    exactShape(
      'TypeCondition:string Directives:[]Directive SelectionSet:Selections ObjectDefinition:Definition Position:Position',
    ),
  ],
  [
    'FragmentDefinition',
    exactShape(
      'Name:string VariableDefinition:[]VariableDefinition TypeCondition:string Directives:[]Directive ' +
        'SelectionSet:Selections Definition:Definition Position:Position',
    ),
  ],
  ['Argument', shape('Name:string Value:Value Comment:CommentGroup')],
  [
    'Directive',
    shape(
      'Name:string Arguments:[]Argument ParentDefinition:Definition Definition:DirectiveDefinition Location:string',
    ),
  ],
  [
    'Value',
    shape(
      'Raw:string Children:[]ChildValue Kind:int Comment:CommentGroup Definition:Definition ' +
        'VariableDefinition:VariableDefinition ExpectedType:Type ExpectedTypeHasDefault:bool',
    ),
  ],
  ['ChildValue', shape('Name:string Value:Value Comment:CommentGroup')],
  ['Type', shape('NamedType:string Elem:Type NonNull:bool')],
  ['CommentGroup', shape('List:[]Comment')],
  ['Comment', shape('Value:string Position:Position')],
  ['Position', shape('Start:int End:int Line:int Column:int Src:Source')],
  ['Source', shape('Name:string Input:string BuiltIn:bool')],
  [
    'SchemaDocument',
    shape(
      'Schema:[]SchemaDefinition SchemaExtension:[]SchemaDefinition Directives:[]DirectiveDefinition ' +
        'Definitions:[]Definition Extensions:[]Definition Comment:CommentGroup',
    ),
  ],
  [
    'SchemaDefinition',
    shape(
      `${DESCRIBED} Directives:[]Directive OperationTypes:[]OperationTypeDefinition EndOfDefinitionComment:CommentGroup`,
    ),
  ],
  ['OperationTypeDefinition', shape('Operation:string Type:string Comment:CommentGroup')],
  [
    'Definition',
    shape(
      `${DESCRIBED} Kind:string Name:string Directives:[]Directive Interfaces:[]string Fields:[]FieldDefinition ` +
        'Types:[]string EnumValues:[]EnumValueDefinition BuiltIn:bool EndOfDefinitionComment:CommentGroup',
    ),
  ],
  [
    'FieldDefinition',
    shape(
      `${DESCRIBED} Name:string Arguments:[]ArgumentDefinition DefaultValue:Value Type:Type Directives:[]Directive`,
    ),
  ],
  [
    'ArgumentDefinition',
    shape(`${DESCRIBED} Name:string DefaultValue:Value Type:Type Directives:[]Directive`),
  ],
  ['EnumValueDefinition', shape(`${DESCRIBED} Name:string Directives:[]Directive`)],
  [
    'DirectiveDefinition',
    shape(`${DESCRIBED} Name:string Arguments:[]ArgumentDefinition Locations:[]string IsRepeatable:bool`),
  ],
]);
