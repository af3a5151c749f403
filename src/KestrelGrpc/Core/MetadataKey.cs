using System.Buffers;

namespace Grpc.Core;

/// <summary>The rules for the names of metadata entries.</summary>
internal static class MetadataKey
{
    private static readonly SearchValues<char> Legal = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789_-.");

    public static string Normalize(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return TryNormalize(key, out var normalized)
            ? normalized
            : throw new ArgumentException("The name of a metadata entry has only letters, digits, '_', '-' and '.'.", nameof(key));
    }

    /// <summary>For names that came over the wire: HTTP allows more characters than gRPC does.</summary>
    public static bool TryNormalize(string key, out string normalized)
    {
        normalized = key;
        if (key.Length == 0)
        {
            return false;
        }

        if (!key.AsSpan().ContainsAnyExcept(Legal))
        {
            return true;
        }

        normalized = key.ToLowerInvariant();
        return !normalized.AsSpan().ContainsAnyExcept(Legal);
    }
}
