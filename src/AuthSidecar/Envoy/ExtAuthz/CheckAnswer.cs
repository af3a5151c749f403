using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// An answer to Envoy: a message, or a prepared answer with a new decision id and MAC, followed by the caller's limit headers. Never empty,
/// because an empty answer is an Allow to Envoy.
/// </summary>
internal sealed class CheckAnswer
{
    private readonly byte[]? _message;
    private readonly PreparedAnswer? _prepared;
    private readonly string _decisionId = "";
    private readonly int _mainLength;
    private readonly int _limitLength;
    private LimitBytes _limit;

    public CheckAnswer(CheckResponse message, LimitState? limit = null)
    {
        ArgumentNullException.ThrowIfNull(message.Status);

        // Here and not in the gRPC stack, where a failure would be an error instead of a denial.
        _message = message.ToByteArray();
        _mainLength = _message.Length;
        _limitLength = WriteLimit(limit);
    }

    public CheckAnswer(PreparedAnswer prepared, string decisionId, LimitState? limit)
    {
        _prepared = prepared;
        _decisionId = decisionId;
        _mainLength = prepared.Length;
        _limitLength = WriteLimit(limit);
        Limit = limit;
    }

    /// <summary>The prepared answer with which, and with <see cref="Limit"/>, this one can be made again; null: it cannot.</summary>
    public PreparedAnswer? Prepared => _prepared;

    /// <summary>The caller's limit beside a prepared answer.</summary>
    public LimitState? Limit { get; }

    /// <summary>Serialized length in bytes, without the gRPC frame.</summary>
    public int Length => _mainLength + _limitLength;

    public void WriteTo(IBufferWriter<byte> output)
    {
        if (_prepared is null)
        {
            output.Write(_message);
        }
        else
        {
            _prepared.CopyTo(output.GetSpan(_mainLength), _decisionId);
            output.Advance(_mainLength);
        }

        // An empty write would still call GetSpan, which fails once the announced length is used.
        if (_limitLength > 0)
        {
            output.Write(((ReadOnlySpan<byte>)_limit)[.._limitLength]);
        }
    }

    /// <summary>The message as parsed by Envoy.</summary>
    public CheckResponse ToMessage()
    {
        var bytes = new ArrayBufferWriter<byte>(Length);
        WriteTo(bytes);
        return CheckResponse.Parser.ParseFrom(bytes.WrittenSpan);
    }

    private int WriteLimit(LimitState? limit) => limit is { } known ? LimitHeaders.Write(known, _limit) : 0;

    [InlineArray(LimitHeaders.LongestLength)]
    private struct LimitBytes
    {
        private byte _first;
    }
}

/// <summary>A serialized Allow with the offsets of decision id and MAC, which are replaced for each request.</summary>
internal sealed class PreparedAnswer : EncodedAnswer
{
    private readonly byte[] _bytes;
    private readonly int[] _idOffsets;
    private readonly int[] _macOffsets;

    /// <param name="message">The answer to the first request.</param>
    /// <param name="decisionId">
    /// Decision id of the first request. It and its MAC are unique, so searching the bytes finds their offsets.
    /// </param>
    /// <param name="mac">Creates the MAC of each id.</param>
    public PreparedAnswer(CheckResponse message, string decisionId, DecisionMac mac)
    {
        _bytes = message.ToByteArray();
        _idOffsets = Offsets(decisionId);
        _macOffsets = Offsets(mac.Text(decisionId));
        Mac = mac;
    }

    public int Length => _bytes.Length;

    public DecisionMac Mac { get; }

    /// <summary>True when id and MAC were found; false when the peppers changed during serialization.</summary>
    public bool IsComplete => _idOffsets.Length > 0 && _macOffsets.Length == 1;

    public void CopyTo(Span<byte> destination, string decisionId)
    {
        _bytes.CopyTo(destination);
        Span<byte> id = stackalloc byte[DecisionIds.TextLength];
        id = id[..Encoding.ASCII.GetBytes(decisionId, id)];
        foreach (var offset in _idOffsets)
        {
            id.CopyTo(destination[offset..]);
        }

        foreach (var offset in _macOffsets)
        {
            Mac.Write(id, destination[offset..]);
        }
    }

    private int[] Offsets(string text)
    {
        var wanted = Encoding.ASCII.GetBytes(text);
        var offsets = new List<int>();
        for (var from = 0; _bytes.AsSpan(from).IndexOf(wanted) is var at and >= 0; from += at + wanted.Length)
        {
            offsets.Add(from + at);
        }

        return [.. offsets];
    }
}
