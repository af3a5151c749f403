using System.Buffers;
using Grpc.Core;
using KestrelGrpc.Framing;

namespace KestrelGrpc.Tests.Framing;

public class MessageFramingTests
{
    [Fact]
    public void Message_IsTakenOffTheBuffer()
    {
        // Flag 0, length 2, two bytes, and the first of what follows.
        var buffer = Segments.Of([0, 0, 0, 0, 2, 0xAA, 0xBB, 0xCC]);

        Assert.True(MessageFraming.TryRead(ref buffer, maxLength: null, out var frame));

        Assert.False(frame.IsCompressed);
        Assert.Equal([0xAA, 0xBB], frame.Payload.ToArray());
        Assert.Equal([0xCC], buffer.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    public void PartOfAMessage_LeavesTheBufferAlone(int length)
    {
        var part = new byte[] { 1, 0, 0, 0, 2, 0xAA, 0xBB }[..length];
        var buffer = Segments.Of(part);

        Assert.False(MessageFraming.TryRead(ref buffer, maxLength: null, out _));

        Assert.Equal(part, buffer.ToArray());
    }

    [Fact]
    public void EveryByteInItsOwnSegment_IsTheSameMessage()
    {
        var buffer = Segments.Of([1], [0], [0], [0], [1], [0x55]);

        Assert.True(MessageFraming.TryRead(ref buffer, maxLength: 1, out var frame));

        Assert.True(frame.IsCompressed);
        Assert.Equal([0x55], frame.Payload.ToArray());
        Assert.True(buffer.IsEmpty);
    }

    [Theory]
    [InlineData(new byte[] { 2, 0, 0, 0, 0 }, StatusCode.Internal)]
    [InlineData(new byte[] { 255, 0, 0, 0, 0 }, StatusCode.Internal)]
    [InlineData(new byte[] { 0, 0, 0, 0, 11 }, StatusCode.ResourceExhausted)]
    [InlineData(new byte[] { 0, 0x80, 0, 0, 0 }, StatusCode.ResourceExhausted)]
    [InlineData(new byte[] { 0, 0xFF, 0xFF, 0xFF, 0xFF }, StatusCode.ResourceExhausted)]
    public void BadHeader_IsRefusedBeforeThePayloadComes(byte[] header, StatusCode expected)
    {
        var buffer = Segments.Of(header);

        var exception = Assert.Throws<RpcException>(() => MessageFraming.TryRead(ref buffer, maxLength: 10, out _));

        Assert.Equal(expected, exception.StatusCode);
    }

    [Fact]
    public void WithoutALimit_WhatNoArrayHoldsIsRefused()
    {
        var buffer = Segments.Of([0, 0xFF, 0xFF, 0xFF, 0xFF]);

        Assert.Equal(StatusCode.ResourceExhausted, Assert.Throws<RpcException>(() => MessageFraming.TryRead(ref buffer, maxLength: null, out _)).StatusCode);
    }
}
