using Google.Protobuf.Reflection;

namespace Grpc.Reflection;

/// <summary>Finds files by their name or by what they declare.</summary>
public class SymbolRegistry
{
    private readonly Dictionary<string, FileDescriptor> _byName = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FileDescriptor> _bySymbol = new(StringComparer.Ordinal);

    private SymbolRegistry()
    {
    }

    /// <summary>The files and all that they import.</summary>
    public static SymbolRegistry FromFiles(IEnumerable<FileDescriptor> fileDescriptors)
    {
        ArgumentNullException.ThrowIfNull(fileDescriptors);
        var registry = new SymbolRegistry();
        foreach (var file in fileDescriptors)
        {
            registry.AddFile(file);
        }

        return registry;
    }

    /// <summary>Null when there is none.</summary>
    public FileDescriptor? FileByName(string filename) => _byName.GetValueOrDefault(filename);

    /// <param name="symbol">Full name of a message, enum, service, method, field or enum value.</param>
    /// <returns>Null when there is none.</returns>
    public FileDescriptor? FileContainingSymbol(string symbol) => _bySymbol.GetValueOrDefault(symbol);

    private void AddFile(FileDescriptor file)
    {
        if (!_byName.TryAdd(file.Name, file))
        {
            return;
        }

        foreach (var import in file.Dependencies)
        {
            AddFile(import);
        }

        foreach (var message in file.MessageTypes)
        {
            AddMessage(message);
        }

        AddAll(file.EnumTypes, file);
        AddAll(file.EnumTypes.SelectMany(type => type.Values), file);
        AddAll(file.Services, file);
        AddAll(file.Services.SelectMany(service => service.Methods), file);
        AddAll(file.Extensions.UnorderedExtensions, file);
    }

    private void AddMessage(MessageDescriptor message)
    {
        _bySymbol[message.FullName] = message.File;
        AddAll(message.Fields.InDeclarationOrder(), message.File);
        AddAll(message.Oneofs, message.File);
        AddAll(message.EnumTypes, message.File);
        AddAll(message.EnumTypes.SelectMany(type => type.Values), message.File);
        foreach (var nested in message.NestedTypes)
        {
            AddMessage(nested);
        }
    }

    private void AddAll(IEnumerable<IDescriptor> descriptors, FileDescriptor file)
    {
        foreach (var descriptor in descriptors)
        {
            _bySymbol[descriptor.FullName] = file;
        }
    }
}
