import { type DescFile, type DescService, toBinary } from '@bufbuild/protobuf';
import {
  type DescriptorProto,
  type EnumDescriptorProto,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt';

/** Files, symbols and their encoded descriptors, as server reflection tells them. */
export class DescriptorIndex {
  readonly serviceNames: readonly string[];
  /** Every message, for the extension queries. */
  readonly #messages = new Set<string>();
  readonly #fileByName = new Map<string, DescFile>();
  readonly #fileBySymbol = new Map<string, DescFile>();
  /** A file's descriptor and those of all files it needs, the file first. */
  readonly #encoded = new Map<DescFile, readonly Uint8Array[]>();

  constructor(services: readonly DescService[]) {
    this.serviceNames = services.map((service) => service.typeName).sort();
    for (const service of services) this.#addFile(service.file);
    for (const file of this.#fileByName.values()) {
      this.#encoded.set(
        file,
        closure(file).map(({ proto }) => toBinary(FileDescriptorProtoSchema, proto)),
      );
    }
  }

  /** Encoded FileDescriptorProtos of the file with this name and of its dependencies. */
  byFileName(name: string): readonly Uint8Array[] | undefined {
    return this.#encodedOf(this.#fileByName.get(name));
  }

  /** The same for the file that defines a service, method, message, field, oneof, enum or enum value by its full name. */
  bySymbol(name: string): readonly Uint8Array[] | undefined {
    return this.#encodedOf(this.#fileBySymbol.get(name));
  }

  hasMessage(name: string): boolean {
    return this.#messages.has(name);
  }

  #encodedOf(file: DescFile | undefined): readonly Uint8Array[] | undefined {
    return file && this.#encoded.get(file);
  }

  #addFile(file: DescFile): void {
    // By the descriptor as it is on the wire: it holds the messages of map entries too, and the file's full name.
    const { proto } = file;
    if (this.#fileByName.has(proto.name)) return;
    this.#fileByName.set(proto.name, file);
    const scope = proto.package === '' ? '' : `${proto.package}.`;
    for (const { name, method } of proto.service) {
      this.#addSymbols(file, scope, [{ name }]);
      this.#addSymbols(file, `${scope}${name}.`, method);
    }
    for (const message of proto.messageType) this.#addMessage(file, scope, message);
    for (const enumeration of proto.enumType) this.#addEnum(file, scope, enumeration);
    for (const dependency of file.dependencies) this.#addFile(dependency);
  }

  #addMessage(file: DescFile, scope: string, message: DescriptorProto): void {
    this.#messages.add(scope + message.name);
    this.#addSymbols(file, scope, [message]);
    const inside = `${scope}${message.name}.`;
    this.#addSymbols(file, inside, message.field);
    this.#addSymbols(file, inside, message.oneofDecl);
    for (const nested of message.nestedType) this.#addMessage(file, inside, nested);
    for (const nested of message.enumType) this.#addEnum(file, inside, nested);
  }

  #addEnum(file: DescFile, scope: string, enumeration: EnumDescriptorProto): void {
    this.#addSymbols(file, scope, [enumeration]);
    // The values of an enum stand beside it, not inside.
    this.#addSymbols(file, scope, enumeration.value);
  }

  #addSymbols(file: DescFile, scope: string, named: readonly { readonly name: string }[]): void {
    for (const { name } of named) this.#fileBySymbol.set(scope + name, file);
  }
}

function closure(file: DescFile, seen: Set<DescFile> = new Set()): readonly DescFile[] {
  if (!seen.has(file)) {
    seen.add(file);
    for (const dependency of file.dependencies) closure(dependency, seen);
  }
  return [...seen];
}
