using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;
using KestrelGrpc.Framing;

namespace KestrelGrpc.Tests.Framing;

public class MessageFramingFuzzTests
{
    private const int Inputs = 20_000;
    private const int Seed = 20_260_101;

    [Fact]
    public void AnyBytes_AreMessagesOrATypedError()
    {
        var random = new Random(Seed);
        var (whole, refused) = (0, 0);
        for (var i = 0; i < Inputs; i++)
        {
            var bytes = Bytes(random);
            int? limit = random.Next(4) == 0 ? null : random.Next(64);
            try
            {
                whole += ReadAll(Split(random, bytes), bytes, limit);
            }
            catch (RpcException exception)
            {
                Assert.Contains(exception.StatusCode, new[] { StatusCode.Internal, StatusCode.ResourceExhausted });
                refused++;
            }
        }

        // The inputs are worth something only when they reach both ends.
        Assert.InRange(whole, Inputs / 10, int.MaxValue);
        Assert.InRange(refused, Inputs / 10, Inputs);
    }

    private static int ReadAll(ReadOnlySequence<byte> buffer, byte[] bytes, int? limit)
    {
        var (count, position) = (0, 0);
        while (MessageFraming.TryRead(ref buffer, limit, out var frame))
        {
            // Exactly the declared bytes, from exactly where they were, and everything else still there.
            var length = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(position + 1));
            Assert.Equal(bytes[position] == 1, frame.IsCompressed);
            Assert.Equal(bytes.AsSpan(position + MessageFraming.HeaderSize, length).ToArray(), frame.Payload.ToArray());
            position += MessageFraming.HeaderSize + length;
            Assert.Equal(bytes.Length - position, buffer.Length);
            Assert.True(limit is null || length <= limit);
            count++;
        }

        Assert.Equal(bytes.AsSpan(position).ToArray(), buffer.ToArray());
        return count;
    }

    /// <summary>Mostly frames, some of them damaged; now and then noise.</summary>
    private static byte[] Bytes(Random random)
    {
        var bytes = new List<byte>();
        for (var frames = random.Next(4); frames >= 0; frames--)
        {
            var payload = new byte[random.Next(48)];
            random.NextBytes(payload);
            bytes.Add((byte)random.Next(2));
            bytes.AddRange([0, 0, 0, (byte)payload.Length]);
            bytes.AddRange(payload);
        }

        if (random.Next(3) == 0)
        {
            bytes[random.Next(bytes.Count)] = (byte)random.Next(256);
        }

        if (random.Next(3) == 0)
        {
            bytes.RemoveRange(0, random.Next(bytes.Count));
        }

        return [.. bytes.Take(random.Next(3) == 0 ? random.Next(bytes.Count + 1) : bytes.Count)];
    }

    private static ReadOnlySequence<byte> Split(Random random, byte[] bytes)
    {
        var parts = new List<byte[]>();
        for (var start = 0; start < bytes.Length;)
        {
            var length = Math.Min(random.Next(1, 9), bytes.Length - start);
            parts.Add(bytes[start..(start + length)]);
            start += length;
        }

        return Segments.Of([.. parts]);
    }
}
