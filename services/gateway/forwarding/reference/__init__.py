"""The classes of calls that are limited, with their policies: data with its reader."""
