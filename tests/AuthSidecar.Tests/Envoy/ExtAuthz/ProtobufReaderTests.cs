using System.Buffers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Envoy.Protobuf;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>Reads literal bytes; a malformed message is an empty request.</summary>
public sealed class ProtobufReaderTests
{
    [Theory]
    [InlineData("0A 02 68 69", 1, "68-69")]
    [InlineData("08 96 01", 1, "")]
    [InlineData("09 01 02 03 04 05 06 07 08", 1, "")]
    [InlineData("0D 01 02 03 04", 1, "")]
    [InlineData("FA FF FF FF 0F 00", 536870911, "")]
    [InlineData("6A 01 00", 13, "00")]
    public void OneField_IsRead(string hex, int field, string content)
    {
        var reader = new ProtobufReader(Bytes(hex));

        Assert.True(reader.Read());
        Assert.Equal(field, reader.Field);
        Assert.Equal(content, BitConverter.ToString(reader.Content.ToArray()));
        Assert.False(reader.Read());
    }

    [Theory]
    [InlineData("0A", "a length is missing")]
    [InlineData("0A 05 68", "the content is cut off")]
    [InlineData("0A FF FF FF FF FF FF FF FF FF 01", "longer than any message")]
    [InlineData("08 FF FF FF FF FF FF FF FF FF FF 01", "a varint of eleven bytes")]
    [InlineData("08 80", "a varint is cut off")]
    [InlineData("09 01", "eight bytes are missing")]
    [InlineData("0D 01", "four bytes are missing")]
    [InlineData("0B", "a group")]
    [InlineData("0E", "a wire type that does not exist")]
    [InlineData("02 00", "field 0")]
    public void InvalidMessages_AreReported(string hex, string why) =>
        Assert.True(
            Record.Exception(() =>
            {
                var reader = new ProtobufReader(Bytes(hex));
                while (reader.Read()) { }
            }) is InvalidDataException,
            why
        );

    [Theory]
    [InlineData("0A 05 22")]
    [InlineData("0A 04 22 02 12 05")]
    [InlineData("FF")]
    public void MalformedMessage_ReadsAsEmpty(string hex)
    {
        var read = CheckRequestReader.Read(Bytes(hex));

        Assert.Equal(("", "", "", null), (read.Method, read.Host, read.Target, read.PolicyName));
    }

    [Fact]
    public void FragmentedMessage_ReadsLikeTheWhole()
    {
        var question = new CheckRequest
        {
            Attributes = new()
            {
                Source = new()
                {
                    Address = new() { SocketAddress = new() { Address = "192.0.2.1" } },
                    Principal = "spiffe://a",
                },
                Request = new()
                {
                    Http = new()
                    {
                        Method = "PATCH",
                        Path = "/a?b",
                        Host = "h:1",
                        Headers = { ["X-Api-Key"] = "k", ["x-unknown"] = "u" },
                    },
                },
                ContextExtensions = { ["other"] = "o", ["policy"] = "p" },
            },
        }.ToByteArray();

        for (var cut = 0; cut <= question.Length; cut++)
        {
            var read = CheckRequestReader.Read(Sequence(question, cut));

            Assert.Equal(("PATCH", "/a?b", "h:1", "p"), (read.Method, read.Target, read.Host, read.PolicyName));
            Assert.Equal(("192.0.2.1", "spiffe://a", "k"), (read.PeerAddress, read.Principal, read.Headers[KnownHeader.XApiKey]));
        }
    }

    private static byte[] Bytes(string hex) => Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

    private static ReadOnlySequence<byte> Sequence(byte[] bytes, int cut)
    {
        var first = new Piece(bytes.AsMemory(0, cut), null);
        var second = new Piece(bytes.AsMemory(cut), first);
        return new(first, 0, second, second.Memory.Length);
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> memory, Piece? before)
        {
            Memory = memory;
            if (before is not null)
            {
                RunningIndex = before.Memory.Length;
                before.Next = this;
            }
        }
    }
}
