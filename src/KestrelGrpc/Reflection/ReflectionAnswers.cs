using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Reflection;

namespace KestrelGrpc.Reflection;

/// <summary>What both versions of the protocol answer. They differ in their package's name only.</summary>
internal sealed class ReflectionAnswers(IEnumerable<string> services, SymbolRegistry symbols)
{
    public IReadOnlyList<string> Services { get; } = [.. services];

    public static ReflectionAnswers About(IEnumerable<ServiceDescriptor> services)
    {
        var list = services.ToList();
        return new ReflectionAnswers(list.Select(service => service.FullName), SymbolRegistry.FromFiles(list.Select(service => service.File).Distinct()));
    }

    /// <summary>The file and all that it imports; null when there is none.</summary>
    public IEnumerable<ByteString>? FileByName(string name) => Closure(symbols.FileByName(name));

    /// <inheritdoc cref="FileByName"/>
    public IEnumerable<ByteString>? FileContainingSymbol(string symbol) => Closure(symbols.FileContainingSymbol(symbol));

    public static (int Code, string Message) NotFound(string what) => ((int)StatusCode.NotFound, $"{what} was not found.");

    /// <summary>Only proto2 has extensions, and C# does not say which file extends a message of another one.</summary>
    public static (int Code, string Message) NoExtensions() => ((int)StatusCode.Unimplemented, "Extensions are not supported.");

    private static List<ByteString>? Closure(FileDescriptor? root)
    {
        if (root is null)
        {
            return null;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        var files = new List<ByteString>();
        var waiting = new Queue<FileDescriptor>([root]);
        while (waiting.TryDequeue(out var file))
        {
            if (seen.Add(file.Name))
            {
                files.Add(file.SerializedData);
                foreach (var import in file.Dependencies)
                {
                    waiting.Enqueue(import);
                }
            }
        }

        return files;
    }
}
