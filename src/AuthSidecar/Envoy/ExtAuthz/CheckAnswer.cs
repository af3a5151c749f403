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
/// An answer to Envoy: a message, or prepared bytes in which only the decision id and its MAC are new, and behind either what the caller's
/// limit says now. There is no empty one, because to Envoy that would be an Allow.
/// </summary>
internal sealed class CheckAnswer
{
    private readonly CheckResponse? _message;
    private readonly PreparedAnswer? _prepared;
    private readonly string _decisionId = "";
    private readonly int _mainLength;
    private readonly int _limitLength;
    private LimitBytes _limit;

    public CheckAnswer(CheckResponse message, LimitState? limit = null)
    {
        ArgumentNullException.ThrowIfNull(message.Status);
        _message = message;
        _mainLength = message.CalculateSize();
        _limitLength = WriteLimit(limit);
    }

    public CheckAnswer(PreparedAnswer prepared, string decisionId, LimitState? limit)
    {
        _prepared = prepared;
        _decisionId = decisionId;
        _mainLength = prepared.Length;
        _limitLength = WriteLimit(limit);
    }

    /// <summary>Bytes on the wire, without gRPC's frame.</summary>
    public int Length => _mainLength + _limitLength;

    public void WriteTo(IBufferWriter<byte> output)
    {
        if (_prepared is null)
        {
            _message!.WriteTo(output);
        }
        else
        {
            _prepared.CopyTo(output.GetSpan(_mainLength), _decisionId);
            output.Advance(_mainLength);
        }

        // Once all is written there is no room to ask for.
        if (_limitLength > 0)
        {
            output.Write(((ReadOnlySpan<byte>)_limit)[.._limitLength]);
        }
    }

    /// <summary>The message that Envoy will read.</summary>
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

/// <summary>A whole Allow, serialized once, with the places where each request's decision id and MAC go.</summary>
internal sealed class PreparedAnswer : EncodedAnswer
{
    private readonly byte[] _bytes;
    private readonly int[] _idOffsets;
    private readonly int[] _macOffsets;

    /// <param name="message">The answer to the request that it is prepared from.</param>
    /// <param name="decisionId">That request's decision id; unique, as its MAC is, so that both can be found again in the bytes.</param>
    /// <param name="mac">Makes the MAC of each id.</param>
    public PreparedAnswer(CheckResponse message, string decisionId, DecisionMac mac)
    {
        _bytes = message.ToByteArray();
        _idOffsets = Offsets(decisionId);
        _macOffsets = Offsets(mac.Text(decisionId));
        Mac = mac;
    }

    public int Length => _bytes.Length;

    public DecisionMac Mac { get; }

    /// <summary>Id and MAC have their places; false when the peppers changed while the message was made.</summary>
    public bool IsWhole => _idOffsets.Length > 0 && _macOffsets.Length == 1;

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
