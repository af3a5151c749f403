using System.Collections.Frozen;
using System.IO.Compression;
using Grpc.Net.Compression;

namespace KestrelGrpc.Compression;

/// <summary>The encodings that one side of a call understands.</summary>
internal sealed class CompressionSet
{
    public const string Identity = "identity";

    public static readonly CompressionSet Default = new(CreateDefaultProviders());

    private readonly FrozenDictionary<string, ICompressionProvider> _byName;

    public CompressionSet(IEnumerable<ICompressionProvider> providers)
    {
        var distinct = providers.DistinctBy(provider => provider.EncodingName).ToArray();
        _byName = distinct.ToFrozenDictionary(provider => provider.EncodingName, StringComparer.Ordinal);
        AcceptEncoding = string.Join(',', distinct.Select(provider => provider.EncodingName).Prepend(Identity));
    }

    /// <summary>The value of <c>grpc-accept-encoding</c>.</summary>
    public string AcceptEncoding { get; }

    public static IList<ICompressionProvider> CreateDefaultProviders() =>
        [new GzipCompressionProvider(CompressionLevel.Fastest), new DeflateCompressionProvider(CompressionLevel.Fastest)];

    public ICompressionProvider? Find(string encoding) => _byName.GetValueOrDefault(encoding);

    /// <summary>Whether a peer's <c>grpc-accept-encoding</c> names the encoding.</summary>
    public static bool IsAccepted(string? acceptEncoding, string encoding)
    {
        foreach (var range in acceptEncoding.AsSpan().Split(','))
        {
            if (acceptEncoding.AsSpan(range).Trim().SequenceEqual(encoding))
            {
                return true;
            }
        }

        return false;
    }
}
