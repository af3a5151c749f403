using System.Buffers;
using System.Text;
using Grpc.Core;
using KestrelGrpc.Framing;

namespace AuthSidecar.Fuzz;

/// <summary>Messages come out of the stream as they went in, wherever it is cut; what is no frame is refused with a status and nothing else.</summary>
internal sealed class FramingTarget : FuzzTarget
{
    private const int MaxLength = 4096;

    public override string Name => "framing";

    public override ValueTask TryAsync(Random random)
    {
        if (random.Once(2))
        {
            RoundTrip(random);
        }
        else
        {
            Anything(random);
        }

        return default;
    }

    private static void RoundTrip(Random random)
    {
        var sent = new List<(bool IsCompressed, byte[] Payload)>();
        var stream = new ArrayBufferWriter<byte>();
        for (var count = random.Next(6); count > 0; count--)
        {
            var payload = new byte[random.Once(4) ? 0 : random.Next(MaxLength + 1)];
            random.NextBytes(payload);
            var isCompressed = random.Once(3);
            MessageFraming.WriteHeader(stream.GetSpan(MessageFraming.HeaderSize), isCompressed, payload.Length);
            stream.Advance(MessageFraming.HeaderSize);
            stream.Write(payload);
            sent.Add((isCompressed, payload));
        }

        var bytes = stream.WrittenSpan.ToArray();
        var shown = Convert.ToHexString(bytes.AsSpan(0, Math.Min(bytes.Length, 200)));
        var received = new List<(bool IsCompressed, byte[] Payload)>();
        var from = 0;
        for (var to = 0; to < bytes.Length;)
        {
            to = Math.Min(bytes.Length, to + random.Next(1, MaxLength));
            var buffer = Cut(random, bytes.AsMemory(from, to - from));
            var before = buffer.Length;
            while (MessageFraming.TryRead(ref buffer, MaxLength, out var frame))
            {
                received.Add((frame.IsCompressed, frame.Payload.ToArray()));
            }

            from += (int)(before - buffer.Length);
        }

        Require(from == bytes.Length && received.Count == sent.Count, "every message comes out", shown);
        Require(sent.Zip(received).All(pair => pair.First.IsCompressed == pair.Second.IsCompressed && pair.First.Payload.AsSpan().SequenceEqual(pair.Second.Payload)), "as it went in", shown);
    }

    private static void Anything(Random random)
    {
        var bytes = new byte[random.Next(64)];
        random.NextBytes(bytes);
        if (bytes.Length > 4 && random.Once(2))
        {
            (bytes[0], bytes[1], bytes[2], bytes[3]) = (0, 0, 0, 0);
        }

        var shown = Encoding.Latin1.GetString(bytes);
        var buffer = Cut(random, bytes);
        try
        {
            while (MessageFraming.TryRead(ref buffer, MaxLength, out var frame))
            {
                Require(frame.Payload.Length <= MaxLength, "no message is longer than allowed", shown);
            }

            Require(buffer.Length < MessageFraming.HeaderSize + MaxLength, "what is left is a message that is not whole", shown);
        }
        catch (RpcException refused)
        {
            Require(refused.StatusCode is StatusCode.Internal or StatusCode.ResourceExhausted, "a refusal has its status", shown);
        }
    }

    private static ReadOnlySequence<byte> Cut(Random random, ReadOnlyMemory<byte> bytes)
    {
        var first = new Segment(default, null);
        var last = first;
        while (!bytes.IsEmpty)
        {
            var length = Math.Min(bytes.Length, random.Next(1, 64));
            last = new Segment(bytes[..length], last);
            bytes = bytes[length..];
        }

        return new(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, Segment? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.RunningIndex + before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
